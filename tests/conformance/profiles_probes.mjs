// Probes of our own, written as tests of http-cache-tests: what is stored, for how long, for whom.
//   node profiles_probes.mjs                 prints them: {"suites": [{"id", "tests": […]}], "results": []}
//   node profiles_probes.mjs SUITE BASE      runs them against BASE with the suite's client, prints the results
// Each asks one URL twice or thrice; it passes when the last answer comes from the cache, so a result says what a
// cache did and not whether it was right.
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const first = (fields, more = {}) => ({ response_headers: fields, check_body: false, ...more })
const again = (more = {}) => ({ expected_type: 'cached', check_body: false, redirect: 'manual', ...more })
const groups = []
const group = (id, tests) => groups.push({ name: id, id, tests: tests.map(([name, requests]) => ({ name, id: `${id}: ${name}`, kind: 'check', requests })) })
const cc = value => ['Cache-Control', value]
const one = fields => fields.map(f => `${f[0]}: ${f[1]}`).join(' + ') || 'nothing'

// What a response says of its lifetime, asked again at once.
group('lifetime', [
  [], [cc('max-age=60')], [cc('s-maxage=60')], [cc('public')], [cc('max-age=0')], [cc('s-maxage=0, max-age=60')],
  [cc('max-age=0, s-maxage=60')], [cc('private')], [cc('private, s-maxage=60')], [cc('no-store, max-age=60')],
  [cc('no-cache, max-age=60')], [cc('max-age=60, must-revalidate')], [cc('max-age=60, proxy-revalidate')],
  [cc('max-age=60, immutable')], [cc('max-age=60, no-transform')], [cc('public, max-age=60')], [cc('public'), ['ETag', '"a"']],
  [cc('max-age=60'), ['Pragma', 'no-cache']], [['Pragma', 'no-cache'], ['Expires', 60], ['Date', 0]],
  [['Expires', 60], ['Date', 0]], [['Expires', -60], ['Date', 0]], [['Expires', '0'], ['Date', 0]], [['Expires', '-1'], ['Date', 0]],
  [['Expires', 60], ['Date', 0], cc('public')], [['Expires', 60], ['Date', 0], cc('private')],
  [['ETag', '"a"']], [['Last-Modified', -100000], ['Date', 0]], [['Last-Modified', -100000], ['ETag', '"a"'], ['Date', 0]],
  [['Last-Modified', -100000], ['Date', 0], cc('public')], [['Last-Modified', -100000], ['Date', 0], cc('must-revalidate')],
  [cc('max-age=60'), ['Age', '30', false]], [cc('max-age=60'), ['Age', '61', false]], [cc('max-age=60'), ['Date', -61]],
  [['Expires', 60], ['Date', 0], ['Age', '61', false]], [cc('private="x-a", max-age=60')], [cc('no-cache="set-cookie", max-age=60')],
  [cc('no-cache="set-cookie", max-age=60'), ['Set-Cookie', 'a=b']], [cc('MAX-AGE=60')], [cc('max-age = 60')], [cc('max-age=60;')],
  [cc('max-age=060')], [cc('max-age=+60')], [cc('max-age=')], [cc('max-age')], [cc(', ,max-age=60')], [cc('max-age=60,')],
  [cc('x-private=1, max-age=60')], [cc('max-age=60, no-stored')], [cc('s-maxage=abc, max-age=60')], [cc('max-age=99999999999999999999')],
  [['CDN-Cache-Control', 'max-age=60']], [['CDN-Cache-Control', 'no-store'], cc('max-age=60')],
  [['Surrogate-Control', 'max-age=60']], [['Surrogate-Control', 'no-store'], cc('max-age=60')], [['Surrogate-Control', 'content="ESI/1.0"'], cc('max-age=60')],
  [['X-Accel-Expires', '60', false]], [['X-Accel-Expires', '0', false], cc('max-age=60')], [['X-Accel-Expires', '60', false], cc('no-store')]
].map(fields => [one(fields), [first(fields), again()]]))

// The same three seconds later.
group('later', [
  [], [cc('max-age=2')], [cc('max-age=60')], [cc('max-age=2, stale-while-revalidate=60')], [cc('s-maxage=2, stale-while-revalidate=60')],
  [cc('max-age=2, stale-while-revalidate=60, must-revalidate')], [cc('max-age=2, must-revalidate')], [['Expires', 2], ['Date', 0]],
  [cc('max-age=2'), ['ETag', '"a"']], [cc('max-age=60'), ['Age', '58', false]], [cc('max-age=60'), ['Date', -58]], [['ETag', '"a"']],
  [['Last-Modified', -10], ['Date', 0]], [['Last-Modified', -100000], ['Date', 0]]
].map(fields => [one(fields), [first(fields, { pause_after: true }), again()]]))

// The origin fails when it is asked again.
group('failure', [
  [cc('max-age=2')], [cc('max-age=2, stale-if-error=60')], [cc('max-age=2, must-revalidate')], [cc('s-maxage=2')], [cc('max-age=2'), ['ETag', '"a"']]
].flatMap(fields => [503, 500, 404].map(status => [`${one(fields)}, then ${status}`,
  [first(fields, { pause_after: true }), again({ response_status: [status, 'Failed'], expected_status: 200 })]])))

// Statuses with and without a lifetime.
group('status', [200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410, 414, 421, 451, 500, 501, 502, 503].flatMap(status =>
  [[], [cc('max-age=60')], [['Expires', 60], ['Date', 0]], [['Last-Modified', -100000], ['Date', 0]]].map(fields => [`${status}, ${one(fields)}`, [
    first(fields, { response_status: [status, 'Status'], redirect: 'manual' }), again({ response_status: [status, 'Status'] })]])))

// Who asks, and what is set.
const asks = { cookie: ['Cookie', 'a=b'], authorization: ['Authorization', 'Basic YTpi'], both: null }
group('visitor', [[cc('max-age=60')], [cc('public, max-age=60')], [cc('s-maxage=60')], [cc('max-age=60, must-revalidate')]].flatMap(fields => [
  [`Set-Cookie, ${one(fields)}`, [first([...fields, ['Set-Cookie', 'a=b']]), again()]],
  [`two Set-Cookie, ${one(fields)}`, [first([...fields, ['Set-Cookie', 'a=b'], ['Set-Cookie', 'c=d']]), again()]],
  ...Object.entries(asks).filter(([, field]) => field).flatMap(([who, field]) => [
    [`${who} first, ${one(fields)}`, [first(fields, { request_headers: [field] }), again()]],
    [`${who} then, ${one(fields)}`, [first(fields), again({ request_headers: [field] })]],
    [`${who} twice, ${one(fields)}`, [first(fields, { request_headers: [field] }), again({ request_headers: [field] })]]])]))

// Vary and what selects.
const vary = (value, a, b) => [`${value}: ${JSON.stringify(a)} then ${JSON.stringify(b)}`,
  [first([cc('max-age=60'), ['Vary', value, false]], { request_headers: a }), again({ request_headers: b })]]
group('vary', [
  vary('Foo', [['Foo', '1']], [['Foo', '1']]), vary('Foo', [['Foo', '1']], [['Foo', '2']]), vary('foo', [['Foo', '1']], [['FOO', '1']]),
  vary('Foo', [['Foo', 'a']], [['Foo', 'A']]), vary('Foo, Bar', [['Foo', '1']], [['Foo', '1'], ['Bar', '2']]), vary('Foo', [['X', '1']], [['X', '1']]),
  vary('Accept-Encoding', [['Accept-Encoding', 'gzip']], [['Accept-Encoding', 'gzip']]), vary('Accept-Encoding', [['Accept-Encoding', 'gzip']], [['Accept-Encoding', 'identity']]),
  vary('Accept-Encoding', [['Accept-Encoding', 'gzip, br']], [['Accept-Encoding', 'gzip, deflate']]),
  vary('Cookie', [['X', '1']], [['X', '1']]), vary('User-Agent', [['User-Agent', 'a']], [['User-Agent', 'b']]), vary('*', [['X', '1']], [['X', '1']]),
  vary('Origin', [['Origin', 'http://a.test']], [['Origin', 'http://a.test']]), vary('Foo,', [['Foo', '1']], [['Foo', '1']])
])

// What the second request asks of the cache.
const asking = fields => [one(fields), [first([cc('max-age=60'), ['ETag', '"a"'], ['Last-Modified', -1000], ['Date', 0]], { pause_after: true }),
  again({ request_headers: fields, expected_status: undefined })].map(r => { if (r.expected_status === undefined) delete r.expected_status; return r })]
group('request', [
  [cc('no-cache')], [cc('no-store')], [cc('max-age=0')], [cc('max-age=1')], [cc('max-age=30')], [cc('min-fresh=30')], [cc('min-fresh=59')],
  [cc('max-stale')], [cc('only-if-cached')], [['Pragma', 'no-cache']], [['X-Forwarded-Host', 'a.test']], [['Accept', 'text/html']]
].map(asking))

// Methods, and what they leave behind.
group('method', ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].flatMap(method => [200, 404, 500].map(status => [`GET, ${method} ${status}, GET`, [
  first([cc('max-age=60')]),
  { request_method: method, ...(/^P/.test(method) && { request_body: 'abc' }), response_status: [status, 'Status'], check_body: false },
  again()]])).concat([
  ['HEAD, HEAD', [first([cc('max-age=60')], { request_method: 'HEAD' }), again({ request_method: 'HEAD' })]],
  ['HEAD, GET', [first([cc('max-age=60')], { request_method: 'HEAD' }), again()]],
  ['GET, HEAD', [first([cc('max-age=60')]), again({ request_method: 'HEAD' })]],
  ['POST, POST', [first([cc('max-age=60')], { request_method: 'POST', request_body: 'a' }), again({ request_method: 'POST', request_body: 'a' })]]
]))

// The URL.
group('url', [
  ['same query', [first([cc('max-age=60')], { query_arg: 'a=1&b=2' }), again({ query_arg: 'a=1&b=2' })]],
  ['query in another order', [first([cc('max-age=60')], { query_arg: 'a=1&b=2' }), again({ query_arg: 'b=2&a=1' })]],
  ['query, no lifetime, Last-Modified', [first([['Last-Modified', -100000], ['Date', 0]], { query_arg: 'a=1' }), again({ query_arg: 'a=1' })]],
  ['query, Expires', [first([['Expires', 60], ['Date', 0]], { query_arg: 'a=1' }), again({ query_arg: 'a=1' })]],
  ['path in other case', [first([cc('max-age=60')], { filename: 'a' }), again({ filename: 'A' })]]
])

// Drawn at random, always the same unless PROBES_SEED says otherwise: several of the above at once.
let seed = Number(process.env.PROBES_SEED ?? 20260101)
const draw = n => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor(seed / 65536) % n }
const pick = list => list[draw(list.length)]
const some = (list, most) => [...new Set(Array.from({ length: draw(most + 1) }, () => pick(list)))]
const directives = ['max-age=60', 'max-age=2', 'max-age=0', 's-maxage=60', 's-maxage=2', 'public', 'private', 'no-cache', 'no-store',
  'must-revalidate', 'proxy-revalidate', 'stale-while-revalidate=60', 'stale-if-error=60', 'immutable', 'no-transform', 'must-understand']
const others = [['Expires', 60], ['Expires', 2], ['Expires', -60], ['Last-Modified', -100000], ['Last-Modified', -20], ['ETag', '"a"'],
  ['ETag', 'W/"a"'], ['Age', '1', false], ['Age', '58', false], ['Vary', 'Accept-Encoding', false], ['Vary', 'Foo', false], ['Set-Cookie', 'a=b'],
  ['Pragma', 'no-cache'], ['CDN-Cache-Control', 'max-age=60'], ['Surrogate-Control', 'max-age=60', false]]
const fields = [['Foo', '1'], ['Foo', '2'], ['Cookie', 'a=b'], ['Authorization', 'Basic YTpi'], ['Cache-Control', 'no-cache'], ['Cache-Control', 'max-age=1'],
  ['Cache-Control', 'max-stale'], ['Pragma', 'no-cache'], ['Accept-Encoding', 'br']]
const asking2 = () => { const chosen = draw(3) ? [] : some(fields, 2); return chosen.length ? { request_headers: chosen.map(f => [...f]) } : {} }
group('drawn', Array.from({ length: 200 }, (_, i) => {
  const status = draw(4) ? 200 : pick([204, 301, 302, 307, 404, 410, 500, 503])
  const said = some(directives, 3)
  const given = [...(said.length ? [cc(said.join(', '))] : []), ...some(others, 3), ['Date', 0]]
  const seen = new Set()
  const response = given.filter(f => !seen.has(f[0]) && seen.add(f[0]))
  const before = asking2(), after = asking2(), wait = draw(2) ? { pause_after: true } : {}
  const tell = r => r.request_headers ? ` [${one(r.request_headers)}]` : ''
  return [`${i}: ${status}, ${one(response)}${tell(before)}${wait.pause_after ? ', 3 s later' : ''}${tell(after)}`,
    [first(response, { response_status: [status, 'Status'], redirect: 'manual', ...before, ...wait }), again({ response_status: [status, 'Status'], ...after })]]
}))

const [folder, base] = process.argv.slice(2)
if (!folder) {
  console.log(JSON.stringify({ suites: groups, results: [] }))
} else {
  const load = file => import(pathToFileURL(path.join(folder, file)))
  const { runTests, getResults } = await load('client/runner.mjs')
  const fetch = (await load('../node-fetch/lib/index.mjs')).default
  await runTests(groups, fetch, false, base)
  console.log(JSON.stringify(getResults(), null, 2))
}
