/**
 * @file Why something cannot be done now, in one sentence with the way out; and what the page says of what was brought to it.
 */
export const session = {
  /** Why a run, a measurement or something else has to wait. */
  blocks: {
    measuring: 'The models are being measured in Compare; wait or stop that first.',
    writing: 'The models are writing; wait or stop them first.',
    writingChat: 'The models are writing in the chat; wait or stop them first.',
    saving: 'What was trained is being saved; wait until that is done.',
    running: 'A run is in progress; stop it first.',
    runningPause: 'A run is in progress; pause or stop it first.',
    runningSave: 'A run is in progress; stop it to save what it trained.',
    modelLoading: 'The model is still loading.',
    modelFailed: 'The model could not be loaded; see Model.',
    noWeights: 'The weights are not loaded; see Model.',
    noTokenizer: 'The tokenizer is not open; see Model.',
    nothingToTrain: 'There is no conversation to train on yet; see Data.',
    nothingToMeasure: 'There is no conversation to measure; see Data.',
    nothingChosen: 'Choose a conversation first; see Data.',
    settingWrong: 'A setting needs correcting.',
    lessonSwitching: 'A lesson is being opened or closed.',
    lessonBusy: 'The lesson is setting the page up.',
    allHeldOut: 'Every conversation that is shown is held out; see Data.',
    noMatch: 'No conversation matches the filter; see Data.',
    templateFails: 'The template cannot write these conversations; see Mask.',
    nothingTrained: 'No token would be trained; switch a segment on in Mask, or allow longer sequences.',
    rewardsLocked: 'Rewards hold for the whole run; stop it to change them.',
    settingsLocked: 'Settings hold for the whole run; stop it first.',
  },
  /** Why the tokens of the mask have no log-probability, or no change of it, yet. */
  scores: {
    noConversation: 'Choose a conversation in Data to see how probable its tokens are.',
    failed: 'This conversation could not be scored; see Compare.',
    modelLoading: 'Log-probabilities appear when the model has loaded.',
    noWeights: 'Log-probabilities need the model’s weights; see Model.',
    measuring: 'Measuring…',
    running: 'Log-probabilities appear when the run pauses or ends.',
    changeRunning: 'The change appears when the run pauses or ends.',
  },
  files: {
    nothing: 'None of these files is a tokenizer, a chat template or a file of conversations.',
    nothingRemedy: 'Drop the file itself.',
    /** What stands for a file's name where text was pasted. */
    pasted: 'pasted text',
  },
  modelChange: {
    runningTokenizer: 'A run is in progress, and goes by the tokenizer and template that it began with.',
    runningWeights: 'A run is in progress, and would lose the weights that it trains.',
    remedy: 'Stop the run, and do this again.',
  },
  /** What an undo of a reward takes back. */
  rewardEdit: 'the reward',
};
