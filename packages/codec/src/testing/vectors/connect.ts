/** Vectors of CONNECT (§3.1). */
import { bytesOf } from '../hex.ts'
import type { PacketVector } from './vector.ts'

/** CONNECT packets of every version. */
export const CONNECT_VECTORS: readonly PacketVector[] = [
  {
    name: 'a CONNECT of MQTT 3.1 with nothing but a Client Identifier',
    version: 3,
    hex: '10 0f 00064d5149736470 03 02 003c 000161',
    packet: { type: 'connect', version: 3, clientId: 'a', cleanStart: true, keepAlive: 60 },
  },
  {
    name: 'a CONNECT of MQTT 3.1 with all that there is',
    version: 3,
    hex: '10 1f 00064d5149736470 03 ee 000a 000161 000177 0004 676f6e65 000175 0002 7077',
    packet: {
      type: 'connect',
      version: 3,
      clientId: 'a',
      cleanStart: true,
      keepAlive: 10,
      will: { topic: 'w', payload: bytesOf('676f6e65'), qos: 1, retain: true },
      username: 'u',
      password: bytesOf('7077'),
    },
  },
  {
    name: 'a CONNECT of MQTT 3.1 whose user name and password flags have no fields',
    version: 3,
    hex: '10 0f 00064d5149736470 03 c2 003c 000161',
    packet: { type: 'connect', version: 3, clientId: 'a', cleanStart: true, keepAlive: 60 },
    decodeOnly: true,
  },
  {
    name: 'a CONNECT of MQTT 3.1 whose password flag has no field',
    version: 3,
    hex: '10 12 00064d5149736470 03 c2 003c 000161 000175',
    packet: {
      type: 'connect',
      version: 3,
      clientId: 'a',
      cleanStart: true,
      keepAlive: 60,
      username: 'u',
    },
    decodeOnly: true,
  },
  {
    name: 'a CONNECT of MQTT 3.1 whose Will QoS and Will Retain have no Will',
    version: 3,
    hex: '10 0f 00064d5149736470 03 3a 003c 000161',
    packet: { type: 'connect', version: 3, clientId: 'a', cleanStart: true, keepAlive: 60 },
    decodeOnly: true,
  },
  {
    name: 'a CONNECT of MQTT 3.1.1 with an empty Client Identifier',
    version: 4,
    hex: '10 0c 00044d515454 04 02 0000 0000',
    packet: { type: 'connect', version: 4, clientId: '', cleanStart: true, keepAlive: 0 },
  },
  {
    name: 'a CONNECT of MQTT 3.1.1 that resumes a session',
    version: 4,
    hex: '10 14 00044d515454 04 00 ffff 0008636c69656e742d31',
    packet: {
      type: 'connect',
      version: 4,
      clientId: 'client-1',
      cleanStart: false,
      keepAlive: 65_535,
    },
  },
  {
    name: 'a CONNECT of MQTT 3.1.1 with all that there is',
    version: 4,
    hex: '10 1c 00044d515454 04 d6 000a 000161 0003772f74 0000 000175 0003 00ff00',
    packet: {
      type: 'connect',
      version: 4,
      clientId: 'a',
      cleanStart: true,
      keepAlive: 10,
      will: { topic: 'w/t', payload: bytesOf(''), qos: 2, retain: false },
      username: 'u',
      password: bytesOf('00ff00'),
    },
  },
  {
    name: 'a CONNECT of MQTT 3.1.1 with a user name and no password',
    version: 4,
    hex: '10 10 00044d515454 04 82 000a 000161 000175',
    packet: {
      type: 'connect',
      version: 4,
      clientId: 'a',
      cleanStart: true,
      keepAlive: 10,
      username: 'u',
    },
  },
  {
    name: 'a CONNECT of MQTT 5.0 with nothing but a Client Identifier',
    version: 5,
    hex: '10 0e 00044d515454 05 02 003c 00 000161',
    packet: { type: 'connect', version: 5, clientId: 'a', cleanStart: true, keepAlive: 60 },
  },
  {
    name: 'a CONNECT of MQTT 5.0 with a password and no user name',
    version: 5,
    hex: '10 12 00044d515454 05 40 003c 00 000161 0002 7077',
    packet: {
      type: 'connect',
      version: 5,
      clientId: 'a',
      cleanStart: false,
      keepAlive: 60,
      password: bytesOf('7077'),
    },
  },
  {
    name: 'a CONNECT of MQTT 5.0 with every property and a Will with every property',
    version: 5,
    hex: `
      10 8301 00044d515454 05 ee 003c 2f 11 00000e10 15 0005534352414d 16 0002 cafe 17 00
      19 01 21 0014 22 000a 26 00016b 000176 26 00016b 000177 27 00010000 000163 2d 01 01
      02 0000003c 03 000a746578742f706c61696e 08 000672652f706c79 09 0001 2a 18 00000005
      26 000177 000178 000677696c6c2f74 0004 676f6e65 000475736572 0002 7077`,
    packet: {
      type: 'connect',
      version: 5,
      clientId: 'c',
      cleanStart: true,
      keepAlive: 60,
      will: {
        topic: 'will/t',
        payload: bytesOf('676f6e65'),
        qos: 1,
        retain: true,
        properties: {
          payloadFormatIndicator: 1,
          messageExpiryInterval: 60,
          contentType: 'text/plain',
          responseTopic: 're/ply',
          correlationData: bytesOf('2a'),
          willDelayInterval: 5,
          userProperty: [['w', 'x']],
        },
      },
      username: 'user',
      password: bytesOf('7077'),
      properties: {
        sessionExpiryInterval: 3600,
        authenticationMethod: 'SCRAM',
        authenticationData: bytesOf('cafe'),
        requestProblemInformation: 0,
        requestResponseInformation: 1,
        receiveMaximum: 20,
        topicAliasMaximum: 10,
        userProperty: [
          ['k', 'v'],
          ['k', 'w'],
        ],
        maximumPacketSize: 65_536,
      },
    },
  },
]
