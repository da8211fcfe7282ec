/**
 * @file What is said of a session's file that cannot be made or opened.
 */

export const sessionFile = {
  sessionTooLarge: (megabytes: number) =>
    `The session would have more than ${megabytes} MB, and could not be opened again.`,
  takeFewer: 'Take fewer conversations; keep the files that they came from.',
  weightsTooLarge: (megabytes: number) =>
    `The tuned weights would have more than ${megabytes} MB, and could not be opened again.`,
  saveWithout: 'Save the session without them, and the model in Train.',
  noSession: (name: string, missing: string) =>
    `${name} is a zip archive, but no session: it has no ${missing}.`,
  noSessionRemedy:
    'Open a file that ends in .losslight.zip; a model’s folder is unpacked first and then dropped on the page.',
  notJson: (entry: string, name: string) => `${entry} in ${name} is not JSON.`,
  saveAgainOrEarlier: 'Save the session again, or open an earlier file.',
  weightsLeftOut: (reason: string) => `The weights were left out. ${reason}`,
  otherSize: (entry: string, bytes: number, expected: number) =>
    `${entry} has ${bytes} bytes, and ${expected} were expected.`,
  saveAgain: 'Save the session again.',
  zip: {
    tooLarge: 'The file would have more than 4 GiB.',
    leaveWeights: 'Leave the weights out.',
    unpacksTooLarge: (entry: string, megabytes: number) =>
      `${entry} in the file unpacks to more than ${megabytes} MB, and was not read further.`,
    unpacksTooLargeRemedy: 'Open only files from people you know; ask for a smaller one.',
    unreadable: (reason: string) => `The file cannot be opened: ${reason}.`,
    copyAgain: 'Copy the file again; it should end in .losslight.zip.',
    noArchive: 'it is no zip archive, or was cut off',
    badDirectory: 'its list of contents is damaged',
    encrypted: 'it is encrypted',
    missing: (entry: string) => `${entry} is not in it`,
    cut: (entry: string) => `${entry} was cut off`,
    misplaced: (entry: string) => `${entry} is not where it should be`,
    checksum: (entry: string) => `${entry} is damaged: its checksum is wrong`,
    method: (entry: string, method: number) =>
      `${entry} is packed by method ${method}, which is not read here`,
    damaged: (entry: string) => `${entry} is damaged`,
  },
};
