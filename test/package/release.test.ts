import { expect, it } from 'vitest'
import { obstaclesTo } from '../../tools/release'

const ready = {
  version: '0.1.0',
  repository: 'git+https://git.example/countersign.git',
  changesets: [],
  changelog: '# countersign\n\n## 0.1.0\n\n- One\n\n## 0.0.9\n',
  tags: ['v0.1.0', 'latest'],
  changes: '',
}

it('is released when all is there', () => expect(obstaclesTo(ready)).toEqual([]))

it.each([
  [
    'changes that no version has',
    { changesets: ['one.md', 'two.md'] },
    /`npx changeset version` to have taken up one.md, two.md/,
  ],
  ['a changelog of another version', { changelog: '# countersign\n\n## 0.0.9\n' }, /begin with 0.1.0, got 0.0.9/],
  ['no changelog', { changelog: '' }, /begin with 0.1.0, got nothing/],
  ['another tag', { tags: ['v0.1'] }, /tag v0.1.0, got v0.1/],
  ['no tag', { tags: [] }, /tag v0.1.0, got none/],
  ['files that are not committed', { changes: ' M src/index.ts' }, /nothing else, got\n M src\/index.ts/],
  ['no repository', { repository: undefined }, /`repository` in package.json/],
])('is not released with %s', (_, difference, message) => {
  const obstacles = obstaclesTo({ ...ready, ...difference })
  expect(obstacles).toHaveLength(1)
  expect(obstacles[0]).toMatch(message)
})
