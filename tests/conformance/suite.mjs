// Runs http-cache-tests against BASE as its own cli.mjs does, and writes the results to OUT.
//   node suite.mjs SUITE-FOLDER BASE OUT
// Its tests are made of whole seconds. A machine busy with other things can spend those between two requests, so
// what is missed is asked once more, alone; how many came out better is printed.
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const [folder, base, out] = process.argv.slice(2)
const load = file => import(pathToFileURL(path.join(folder, file)))
const suites = (await load('tests/index.mjs')).default
suites.push((await load('tests/surrogate-control.mjs')).default)
const { runTests } = await load('client/runner.mjs')
const { testResults } = await load('client/test.mjs')
const fetch = (await import(pathToFileURL(path.join(folder, '../node-fetch/lib/index.mjs')))).default
const pristine = structuredClone(suites) // a run writes into its tests

await runTests(suites, fetch, false, base)
const first = { ...testResults }
const missed = pristine.map(suite => ({ ...suite, tests: suite.tests.filter(test => first[test.id] !== true && !test.browser_only) }))
// The runner keeps what it was given before: a second one starts with nothing.
const again = (await import(pathToFileURL(path.join(folder, 'client/runner.mjs')).href + '?again')).runTests
for (const suite of missed) for (const test of suite.tests) delete testResults[test.id]
await again(missed, fetch, false, base, 10)
const better = Object.keys(testResults).filter(id => testResults[id] === true && first[id] !== true)
for (const id of Object.keys(testResults)) if (first[id] === true) testResults[id] = true
console.log(`passed when asked once more, alone: ${better.length}${better.length ? ` (${better.join(', ')})` : ''}`)
fs.writeFileSync(out, JSON.stringify(testResults, null, 2))
