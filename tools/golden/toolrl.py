"""Writes test/golden/reward/toolrl.json: what ToolRL's own code gives for the names and arguments of calls, for
test/unit/reward-functions.test.ts.

The code is rlla.py of https://github.com/qiancheng0/ToolRL, verl/utils/reward_score, commit 8cee13ec, which is run as it is:

    python tools/golden/toolrl.py PATH/TO/rlla.py
"""

import contextlib
import importlib.util
import io
import json
import random
import sys
from pathlib import Path

OUT = Path(__file__).resolve().parents[2] / 'test' / 'golden' / 'reward' / 'toolrl.json'

spec = importlib.util.spec_from_file_location('rlla', sys.argv[1])
rlla = importlib.util.module_from_spec(spec)
spec.loader.exec_module(rlla)


def call(name, **parameters):
    return {'name': name, 'parameters': parameters}


def answer(calls):
    """As ToolRL's data writes a turn that calls."""
    return '<think>so</think>\n<tool_call>\n' + '\n'.join(json.dumps(c) for c in calls) + '\n</tool_call>'


def score(right, written):
    """`written`: calls, or a text that is none."""
    response = written if isinstance(written, str) else answer(written)
    truth = answer(right) if right else '<think>so</think>\n<response>hello</response>'
    with contextlib.redirect_stdout(io.StringIO()):
        return rlla.customize_correctness_reward_tool([[{'content': response}]], [truth], 0, 3, -3)[0]


WEATHER = call('get_weather', city='Oslo')
TIMED = call('get_weather', city='Oslo', day='Monday')
SUM = call('calculate', expression='1 + 2')
NESTED = call('plan', stops=[{'city': 'Oslo', 'days': 2}, {'city': 'Rome', 'days': 3}], loop=False)

CASES = [
    ([WEATHER], [WEATHER]),
    ([WEATHER], [call('get_weather', city='Rome')]),
    ([WEATHER], [call('get_weather', town='Oslo')]),
    ([WEATHER], [SUM]),
    ([WEATHER], [TIMED]),
    ([TIMED], [WEATHER]),
    ([WEATHER], [WEATHER, WEATHER]),
    ([WEATHER, WEATHER], [WEATHER]),
    ([WEATHER, SUM], [SUM, WEATHER]),
    ([WEATHER, SUM], [SUM]),
    ([WEATHER, SUM], [WEATHER, call('calculate', expression='1+2')]),
    ([WEATHER, TIMED], [TIMED, WEATHER]),
    ([call('now')], [call('now')]),
    ([call('now')], [call('now', zone='UTC')]),
    ([call('now'), WEATHER], [WEATHER, SUM, call('now')]),
    ([NESTED], [call('plan', loop=False, stops=[{'days': 2, 'city': 'Oslo'}, {'city': 'Rome', 'days': 3}])]),
    ([NESTED], [call('plan', loop=True, stops=[{'city': 'Rome', 'days': 3}, {'city': 'Oslo', 'days': 2}])]),
    ([WEATHER], '<think>so</think>\n<response>It rains.</response>'),
    ([WEATHER], '<think>so</think>\n<tool_call>\n{"name": "get_weather"\n</tool_call>'),
    ([], [WEATHER]),
    ([], '<think>so</think>\n<response>hello</response>'),
]

draw = random.Random(7)


def random_calls(least):
    names = ['a', 'b', 'c']
    keys = ['x', 'y', 'z']
    return [
        call(draw.choice(names), **{k: draw.choice([1, 2, 'one']) for k in draw.sample(keys, draw.randint(0, 3))})
        for _ in range(draw.randint(least, 4))
    ]


CASES += [(random_calls(1), random_calls(1)) for _ in range(60)]
rows = [{'right': right, 'written': written, 'score': score(right, written)} for right, written in CASES]
OUT.parent.mkdir(parents=True, exist_ok=True)
OUT.write_text('[\n' + ',\n'.join(json.dumps(row) for row in rows) + '\n]\n')
print(f'{len(rows)} cases in {OUT}')
