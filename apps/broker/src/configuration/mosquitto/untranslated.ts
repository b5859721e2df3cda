/**
 * The directives of Mosquitto (1.6 to 2.1) that have no counterpart here: those that can be done
 * without, each with what is so instead, and those that cannot, because the broker would then do
 * something that the operator has ruled out.
 */

const PLUGIN =
  'is not there, and what it is to check would be open: see authentication and authorization'

/** What can be done without, with what is so instead. */
export const IGNORED: ReadonlyMap<string, string> = new Map([
  ['allow_duplicate_messages', 'a client with overlapping subscriptions gets a message once'],
  ['allow_zero_length_clientid', 'clients without an id are let in, and get one'],
  ['auto_id_prefix', 'ids that the broker gives are random'],
  ['autosave_interval', 'what is acknowledged is on disk already'],
  ['autosave_on_changes', 'what is acknowledged is on disk already'],
  ['check_retain_source', 'who may read a topic may read what is retained there'],
  ['ciphers', 'the ciphers are those of Node.js'],
  ['ciphers_tls1.3', 'the ciphers are those of Node.js'],
  ['connection_messages', 'the log has who comes and goes at log_type debug'],
  ['dhparamfile', 'no such file is needed'],
  ['enable_control_api', 'administration has an HTTP API of its own'],
  ['http_dir', 'no files are served'],
  ['listener_auto_id_prefix', 'ids that the broker gives are random'],
  ['log_facility', 'the log goes to stderr'],
  ['log_timestamp', 'every line of the log has its time'],
  ['log_timestamp_format', 'the time is written as ISO 8601'],
  ['max_inflight_bytes', 'only the messages on their way are counted: max_inflight_messages'],
  ['memory_limit', 'each client has a limit, and so has each session'],
  ['packet_buffer_size', 'buffers are as large as they have to be'],
  ['pid_file', 'the service manager knows the process'],
  ['queue_qos0_messages', 'messages of QoS 0 are for clients that are there'],
  ['retain_expiry_interval', 'retained messages stay until they expire by themselves'],
  ['retry_interval', 'messages are sent again when the client comes back, as MQTT wants it'],
  ['set_tcp_nodelay', 'it is always so'],
  ['upgrade_outgoing_qos', 'messages keep the lower of both QoS, as MQTT wants it'],
  ['user', 'the broker runs as who starts it'],
  ['websockets_headers_size', 'headers may have 16 KiB'],
  ['websockets_log_level', 'log_type is for everything'],
])

/** What cannot be done without, with why, and what to do. */
export const REFUSED: ReadonlyMap<string, string> = new Map([
  ['auth_plugin', PLUGIN],
  ['auth_plugin_deny_special_chars', PLUGIN],
  [
    'bind_interface',
    'would open more than was meant: name the address, as in listener 1883 ADDRESS',
  ],
  ['clientid_prefixes', 'is not there: rules can say which clients may do what'],
  ['connection', 'is not there: run the bridge with a Mosquitto beside it, and leave it out here'],
  ['disable_client_cert_date_checks', 'is not there: certificates that have expired are refused'],
  ['enable_proxy_protocol', 'needs the addresses of the proxies, which proxyProtocol.from says'],
  ['global_plugin', PLUGIN],
  ['mount_point', 'is not there, and topics of these clients would mix with those of others'],
  ['plugin', PLUGIN],
  ['plugin_load', PLUGIN],
  ['plugin_use', PLUGIN],
  ['proxy_protocol_v2_require_tls', 'is not there: put TLS on the listener'],
  ['psk_file', 'is not there, and clients would come in unencrypted: use certfile and keyfile'],
  ['psk_hint', 'is not there, and clients would come in unencrypted: use certfile and keyfile'],
  ['tls_engine', 'is not there: keyfile names a file with a key'],
  ['tls_engine_kpass_sha1', 'is not there: keyfile names a file with a key'],
  ['tls_keyform', 'is not there: keyfile names a file with a key, as PEM'],
  ['use_subject_as_username', 'is not there: use_identity_as_username takes the common name'],
  ['use_username_as_clientid', 'is not there, and users could take the sessions of others'],
])

/** The beginnings of directives that belong to a plugin. */
export const PLUGIN_OPTIONS: readonly string[] = ['auth_opt_', 'plugin_opt_']

/** Directives of a bridge, behind its `connection`. */
export const OF_BRIDGES: ReadonlySet<string> = new Set([
  'address',
  'addresses',
  'bridge_alpn',
  'bridge_attempt_unsubscribe',
  'bridge_bind_address',
  'bridge_cafile',
  'bridge_capath',
  'bridge_certfile',
  'bridge_ciphers',
  'bridge_ciphers_tls1.3',
  'bridge_identity',
  'bridge_insecure',
  'bridge_keyfile',
  'bridge_max_packet_size',
  'bridge_max_topic_alias',
  'bridge_outgoing_retain',
  'bridge_protocol_version',
  'bridge_psk',
  'bridge_receive_maximum',
  'bridge_reload_type',
  'bridge_require_ocsp',
  'bridge_session_expiry_interval',
  'bridge_tcp_keepalive',
  'bridge_tcp_user_timeout',
  'bridge_tls_use_os_certs',
  'bridge_tls_version',
  'cleansession',
  'clientid',
  'idle_timeout',
  'keepalive_interval',
  'local_cleansession',
  'local_clientid',
  'local_password',
  'local_username',
  'notification_topic',
  'notifications',
  'notifications_local_only',
  'password',
  'remote_clientid',
  'remote_password',
  'remote_username',
  'restart_timeout',
  'round_robin',
  'start_type',
  'threshold',
  'topic',
  'try_private',
  'username',
])
