/**
 * @file What a field with a link to copy says when it was pressed.
 */
export const copyField = {
  copied: 'Copied.',
  byHand: 'The browser does not let this page copy. The link is selected: copy it with Ctrl+C.',
};
