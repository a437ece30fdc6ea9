// A change as it was written, without the commit that brought it.
const getReleaseLine = async ({ summary }) => {
  const [first, ...others] = summary.trim().split('\n')
  return `- ${first}\n${others.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')}`.trimEnd()
}

module.exports = { getReleaseLine, getDependencyReleaseLine: async () => '' }
