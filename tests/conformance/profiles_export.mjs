// Prints the tests of http-cache-tests and the published results as one JSON object:
// {"suites": […], "results": [{name, type, version, results: {id: true | [kind, text]}}]}.
// Usage: node profiles_export.mjs FOLDER-OF-http-cache-tests
// The suite's own export.mjs needs a schema checker that its package does not bring along.
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const folder = process.argv[2]
const load = async file => (await import(pathToFileURL(path.join(folder, file)))).default

const suites = [...await load('tests/index.mjs'), await load('tests/surrogate-control.mjs')]
const results = (await load('results/index.mjs'))
  .filter(cache => cache.type !== 'browser')
  .map(cache => ({
    name: cache.file.replace('.json', ''),
    version: cache.version,
    results: JSON.parse(fs.readFileSync(path.join(folder, 'results', cache.file), 'utf8'))
  }))
console.log(JSON.stringify({ suites, results }))
