// A process that keeps a message in the outbox that it is told, and holds it until it is killed.
import { fileOutbox } from '../src/node/outbox-file.ts'
import { message } from './stored-message.ts'

const store = fileOutbox(process.argv[2] ?? '')
await store.load()
await store.append([message(1)])
process.stdout.write('appended\n')
setTimeout(() => {}, 20_000)
