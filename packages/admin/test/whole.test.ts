// The admin API before a broker: what it shows, and what it changes.

import { expect, it } from 'vitest'
import { every } from '../src/client/admin-client.ts'
import { openWorld, subscribe } from './world.ts'

it('shows clients and sessions, and disconnects a client with Administrative action', async () => {
  await using world = await openWorld()
  const device = world.connect('thermometer', { username: 'u', ...kept() })
  device.send(subscribe('a/+', 'b'))
  device.take()
  const { items } = await world.admin.clients()
  expect(items).toHaveLength(1)
  expect(items[0]).toMatchObject({
    clientId: 'thermometer',
    username: 'u',
    version: '5.0',
    subscriptions: 2,
    connection: { readiness: 'ready', keepAliveSeconds: 0 },
  })
  await world.admin.disconnect('thermometer', { reason: 'Go away' })
  expect(device.take()).toEqual([
    { type: 'disconnect', reasonCode: 0x98, properties: { reasonString: 'Go away' } },
  ])
  await expect(world.admin.client('thermometer')).rejects.toMatchObject({ code: 'not-found' })
  const session = await world.admin.session('thermometer')
  expect(session.connection).toBeUndefined()
  expect(session.firstSubscriptions.map(({ filter }) => filter)).toEqual(['a/+', 'b'])
  await world.admin.deleteSession('thermometer')
  expect((await world.admin.sessions()).items).toEqual([])
})

it('shows what is in flight and what waits', async () => {
  await using world = await openWorld()
  const device = world.connect('slow', { ...kept({ receiveMaximum: 1 }) })
  device.send(subscribe('a'))
  for (const payload of ['1', '2', '3']) {
    await world.admin.publish({ topic: 'a', payload, qos: 1 })
  }
  device.take()
  const client = await world.admin.client('slow')
  expect(client).toMatchObject({ inFlight: 1, queuedMessages: 2 })
  expect(client.firstInFlight).toMatchObject([{ topic: 'a', awaits: 'puback', payloadBytes: 1 }])
  expect(client.firstQueued).toMatchObject([{ topic: 'a' }, { topic: 'a' }])
})

it('publishes, shows and deletes Retained Messages', async () => {
  await using world = await openWorld()
  const device = world.connect('c')
  device.send(subscribe('a/#'))
  device.take()
  const properties = { contentType: 'text/plain', userProperties: [['__proto__', 'x']] } as const
  expect(
    await world.admin.publish({ topic: 'a/b', payload: 'é', retain: true, properties }),
  ).toEqual({ reasonCode: 0, reason: 'Success' })
  expect(device.take()).toMatchObject([{ type: 'publish', topic: 'a/b' }])
  const bytes = Buffer.from([0xff, 0]).toString('base64')
  await world.admin.publish({ topic: 'a/c', payload: bytes, encoding: 'base64', retain: true })
  const { items } = await world.admin.retained({ filter: 'a/+' })
  expect(items.map(({ topic }) => topic)).toEqual(['a/b', 'a/c'])
  expect(await world.admin.retainedMessage('a/b')).toMatchObject({
    payload: 'é',
    encoding: 'text',
    properties,
  })
  expect(await world.admin.retainedMessage('a/c')).toMatchObject({
    payload: bytes,
    encoding: 'base64',
  })
  await world.admin.deleteRetained('a/b')
  expect((await world.admin.retained({ match: '*/b' })).items).toEqual([])
  await expect(world.admin.deleteRetained('a/b')).rejects.toMatchObject({ code: 'not-found' })
})

it('finds subscriptions by client, by filter and by topic', async () => {
  await using world = await openWorld()
  world.connect('one').send(subscribe('a/+', 'b'))
  world.connect('two').send(subscribe('$share/g/a/b'))
  const found = async (which: Parameters<typeof world.admin.subscriptions>[0]): Promise<object> => {
    const { items } = await world.admin.subscriptions(which)
    return items.map(({ clientId, filter }) => `${clientId} ${filter}`)
  }
  expect(await found({})).toEqual(['one a/+', 'one b', 'two $share/g/a/b'])
  expect(await found({ clientId: 'one' })).toEqual(['one a/+', 'one b'])
  expect(await found({ filter: 'b' })).toEqual(['one b'])
  expect(await found({ topic: 'a/b' })).toEqual(['one a/+', 'two $share/g/a/b'])
})

it('bans, lists and lifts', async () => {
  await using world = await openWorld()
  const device = world.connect('bad')
  await world.admin.ban({ kind: 'client', value: 'bad', seconds: 60, reason: 'noise' })
  expect(device.take()).toMatchObject([{ type: 'disconnect', reasonCode: 0x98 }])
  await world.admin.ban({ kind: 'address', value: '10.0.0.1' })
  const { items, next } = await world.admin.bans({ limit: 1 })
  expect(items).toEqual([{ kind: 'address', value: '10.0.0.1', automatic: false }])
  expect((await world.admin.bans({ limit: 1, after: next! })).items).toMatchObject([
    { kind: 'client', value: 'bad', expiresInSeconds: 60, reason: 'noise' },
  ])
  await world.admin.liftBan('client', 'bad')
  await expect(world.admin.liftBan('client', 'bad')).rejects.toMatchObject({ code: 'not-found' })
})

it.each(hostileIds())('finds a client called %j and nobody else', async (clientId) => {
  await using world = await openWorld()
  const device = world.connect(clientId)
  world.connect('bystander')
  expect((await world.admin.client(clientId)).clientId).toBe(clientId)
  const { items } = await world.admin.clients({ match: clientId.replaceAll('*', '**') })
  expect(items.map((item) => item.clientId)).toContain(clientId)
  await world.admin.disconnect(clientId)
  expect(device.take()).toMatchObject([{ type: 'disconnect' }])
  expect((await world.admin.clients()).items.map((item) => item.clientId)).toEqual(['bystander'])
})

it.each(['__proto__', 'constructor', 'toString'])('has no client called %s', async (clientId) => {
  await using world = await openWorld()
  await expect(world.admin.session(clientId)).rejects.toMatchObject({ code: 'not-found' })
  await expect(world.admin.deleteSession(clientId)).rejects.toMatchObject({ code: 'not-found' })
  await expect(world.admin.retainedMessage(clientId)).rejects.toMatchObject({ code: 'not-found' })
})

it('lists everybody once, part after part', async () => {
  await using world = await openWorld()
  const ids = Array.from({ length: 25 }, (_, index) => `client-${index}`)
  for (const id of ids) world.connect(id)
  const seen: string[] = []
  for await (const { clientId } of every((from) => world.admin.clients({ limit: 10, ...from }))) {
    seen.push(clientId)
  }
  expect(seen).toEqual(ids)
  const matching = await world.admin.clients({ match: '*-2*', limit: 1_000 })
  expect(matching.items.map(({ clientId }) => clientId)).toEqual([
    'client-2',
    'client-20',
    'client-21',
    'client-22',
    'client-23',
    'client-24',
  ])
})

function kept(properties: object = {}): object {
  return { cleanStart: false, properties: { sessionExpiryInterval: 3_600, ...properties } }
}

function hostileIds(): readonly string[] {
  return [
    '.',
    '..',
    '../',
    '../../etc/passwd',
    '%2e%2e',
    '%',
    'a/b?c=d&e#f',
    '__proto__',
    'constructor',
    'hasOwnProperty',
    ' ',
    '+',
    'a b  c',
    '*',
    '"><script>',
    '🐦‍⬛ Limosa',
    '\u202egnp.exe',
    '日本語',
    'x'.repeat(256),
    "'; DROP TABLE clients --",
  ]
}
