/**
 * @file Where a token's details lie over the window: never over the token, at either edge, and without jumping at a border.
 */
import { describe, expect, test } from 'vitest';
import { dockDetails, type Dock, type DockRoom } from '../../src/ui/detail-dock';

const FREE = { top: 57, bottom: 900 };
const STRIP = 370;
const LINE = 22;

const roomAt = (bottom: number, more: Partial<DockRoom> = {}): DockRoom => ({
  token: { top: bottom - LINE, bottom },
  strip: STRIP,
  free: FREE,
  height: 150,
  tallest: 150,
  pointed: true,
  ...more,
});

/** Upper and lower edge of the details. */
function edges({ bottom, most }: Dock, { height }: DockRoom): [number, number] {
  return [bottom - Math.min(height, most), bottom];
}

describe('dockDetails', () => {
  test('at the lower edge of what is free, and up where that would cover the token', () => {
    expect(dockDetails(roomAt(500))).toMatchObject({ side: 'bottom', bottom: 900 });
    expect(dockDetails(roomAt(880))).toMatchObject({ side: 'top', bottom: STRIP + 150 });
    // A lesson or a bar of steps lies over the rest.
    const free = { top: 57, bottom: 700 };
    expect(dockDetails(roomAt(500, { free, height: 100, tallest: 100 }))).toMatchObject({ bottom: 700 });
    expect(dockDetails(roomAt(650, { free, height: 100, tallest: 100 })).side).toBe('top');
    // The strip begins above the window: at the upper end of what is seen of it.
    expect(dockDetails(roomAt(880, { strip: -400 }))).toMatchObject({ side: 'top', bottom: 57 + 150 });
  });

  test.each([
    ['a desktop', FREE, STRIP],
    ['a phone under a lesson', { top: 0, bottom: 430 }, 60],
    ['a strip of which little is seen', FREE, 700],
    ['a low window', { top: 57, bottom: 420 }, 40],
  ])('never covers the token that is pointed at: %s', (_, free, strip) => {
    for (const height of [110, 150, 260, 500]) {
      let dock: Dock | undefined;
      for (let bottom = Math.max(strip, free.top) + LINE; bottom < free.bottom; bottom += 3) {
        const room = roomAt(bottom, { free, strip, height, tallest: height });
        dock = dockDetails(room, dock);
        const [top, end] = edges(dock, room);
        expect(top >= bottom || end <= bottom - LINE, `${height} px, token at ${bottom}`).toBe(true);
        expect([top >= free.top - 0.5, end <= free.bottom]).toEqual([true, true]);
      }
    }
  });

  test('on the border it stays where it is, whichever way the pointer moves', () => {
    const low = dockDetails(roomAt(760));
    expect(low.side).toBe('top');
    let dock = low;
    for (const bottom of [745, 740, 748, 735, 750, 720]) {
      dock = dockDetails(roomAt(bottom), dock);
      expect(dock.side).toBe('top');
    }
    dock = dockDetails(roomAt(650), dock);
    expect(dock.side).toBe('bottom');
    for (const bottom of [680, 700, 720, 740]) {
      dock = dockDetails(roomAt(bottom), dock);
      expect(dock.side).toBe('bottom');
    }
  });

  test('another token with fewer lines does not bring it back', () => {
    const tall = dockDetails(roomAt(720, { height: 210, tallest: 210 }));
    expect(tall.side).toBe('top');
    expect(dockDetails(roomAt(720, { height: 110, tallest: 210 }), tall)).toMatchObject({
      side: 'top',
      bottom: STRIP + 110,
    });
  });
});
