/** Where the runner, which is in Stryker's process, and its worker, which is a thread of that, talk. */
export const channelName = 'countersign-mutants'
