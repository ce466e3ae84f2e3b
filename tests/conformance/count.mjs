// Counts as http-cache-tests counts: its own lib/display.mjs says what each result is, dependencies honoured.
//   node count.mjs SUITE-FOLDER OUR-RESULTS.json
// Prints totals, misses by name and the table against the published results; exits 1 below the goal.
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const [folder, ours] = process.argv.slice(2)
const load = file => import(pathToFileURL(path.join(folder, file)))
const suites = (await load('tests/index.mjs')).default
const surrogate = (await load('tests/surrogate-control.mjs')).default // the suite's cli.mjs adds it too
suites.push(surrogate)
const published = (await load('results/index.mjs')).default
const { determineTestResult } = await load('lib/display.mjs')
const read = file => JSON.parse(fs.readFileSync(file, 'utf8'))

// An origin that hangs up sends no answer, and these want the answer it did not send (status 200, its request
// number): nobody can give it. They are judged only where a cache serves stale without having been allowed to.
const unanswerable = new Set(['must-revalidate', 'proxy-revalidate', 'no-cache', 's-maxage=2']
  .map(directive => `stale-close-${directive}`))
const kinds = ['required', 'optimal', 'check']
const tests = suites.flatMap(suite => suite.tests)
  .filter(test => !test.browser_only)
  .map(test => ({ id: test.id, name: test.name, kind: test.kind ?? 'required', depends: test.depends_on ?? [] }))

// What the suite makes of a result, in a word.
const words = { '✅': 'pass', '⛔️': 'fail', '⚠️': 'fail', Y: 'pass', N: 'fail', '-': 'untested', '⚪️': 'dependency', '🔹': 'setup', '↻': 'retry', '⁉️': 'harness' }
const word = (results, id) => words[determineTestResult(suites, id, results)[2]]

const targeted = new Set(surrogate.tests.map(test => test.id))

function tally (results) {
  const sum = Object.fromEntries(kinds.map(kind => [kind, { passed: 0, of: 0, misses: [] }]))
  for (const test of tests) {
    const of = sum[test.kind]
    const outcome = word(results, test.id)
    of.of++
    if (outcome === 'pass') of.passed++
    else of.misses.push({ ...test, outcome, why: results[test.id]?.[1] })
  }
  return sum
}

const rows = [{ name: 'our edge', version: '', results: read(ours) },
  ...published.map(p => ({ ...p, results: read(path.join(folder, 'results', p.file)) }))]
  .map(row => ({ ...row, sum: tally(row.results), bare: Object.values(row.results).filter(r => r === true).length }))
const mine = rows[0].sum
const others = rows.slice(1)

const passers = id => published.filter((p, i) => others[i].results[id] === true).map(p => p.name).join(', ') || 'nobody'
for (const kind of kinds) {
  console.log(`${kind}: ${mine[kind].passed} of ${mine[kind].of}`)
  for (const miss of mine[kind].misses) {
    const why = miss.outcome === 'dependency'
      ? `not judged: it depends on ${miss.depends.filter(id => word(rows[0].results, id) !== 'pass').join(', ')}`
      : miss.why
    const known = kind === 'check' ? '' : ` (of the published it is passed by ${passers(miss.id)})`
    console.log(`  ${kind === 'check' ? 'no' : 'miss'}: ${miss.id}: ${why}${known}`)
  }
}

const core = kinds.map(kind => {
  const out = tests.filter(test => test.kind === kind && targeted.has(test.id)).length
  const missed = mine[kind].misses.filter(miss => !targeted.has(miss.id)).length
  return `${kind} ${mine[kind].of - out - missed} of ${mine[kind].of - out}`
})
const browsers = suites.flatMap(suite => suite.tests).filter(test => test.browser_only)
console.log(`without Surrogate-Control: ${core.join(', ')}; not run, for browsers only: ${browsers.map(test => test.id).join(', ')}`)

// Debian's and Ubuntu's part of a version says nothing here.
const version = row => row.version.split(' ')[0].replace(/(\+ds)?-\d+(ubuntu\d+)?$/, row.type === 'cdn' ? '$&' : '')
const cell = (text, width) => String(text).padEnd(width)
const line = cells => '| ' + cell(cells[0], 30) + ' | ' + cells.slice(1).map(c => String(c).padStart(10)).join(' | ') + ' |'
rows.sort((a, b) => b.sum.required.passed - a.sum.required.passed || b.sum.optimal.passed - a.sum.optimal.passed)
console.log()
console.log(line(['cache', ...kinds, 'passed']))
console.log('| :' + '-'.repeat(29) + ' | ' + Array(4).fill('-'.repeat(9) + ':').join(' | ') + ' |')
for (const row of rows) {
  const title = [row.name, version(row), row.type === 'browser' ? '(browser)' : ''].filter(Boolean).join(' ')
  console.log(line([title, ...kinds.map(kind => `${row.sum[kind].passed}/${row.sum[kind].of}`), row.bare]))
}
console.log()

const lost = mine.required.misses.filter(miss => !(unanswerable.has(miss.id) && miss.outcome === 'dependency'))
const goal = lost.length === 0 && mine.optimal.misses.length <= 3
const beyond = mine.required.misses.length - lost.length
console.log(`goal: all required tests (but ${beyond} that want an answer from an origin that has hung up) and all optimal ones but three: ${goal ? 'reached' : 'missed'}`)
process.exit(goal ? 0 : 1)
