// A key pair for tests of TLS, for the name godwit.test and the address 127.0.0.1, until 2126. It
// protects nothing. Made with `openssl req -x509 -newkey ec -pkeyopt
// ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=godwit.test -addext
// subjectAltName=DNS:godwit.test,IP:127.0.0.1`.

export const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmOAH5070BddzZ9c/
YIENXSPzxPsUgd7x0zq3+fs9InShRANCAARgL8Tki5jEd47s74DDx5CIXH9h2NUQ
Og88Fzu36UK+U7VX2aPJ14ZeKnV5Au++2ofT9DNbkNOgXV1X9vS9Q/eo
-----END PRIVATE KEY-----
`

export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBoTCCAUegAwIBAgIUGPNvHwdl9YPqB/fW9Kq7/UQEYeUwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLZ29kd2l0LnRlc3QwIBcNMjYxMTI1MTU1ODI1WhgPMjEyNjEx
MDExNTU4MjVaMBYxFDASBgNVBAMMC2dvZHdpdC50ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEYC/E5IuYxHeO7O+Aw8eQiFx/YdjVEDoPPBc7t+lCvlO1V9mj
ydeGXip1eQLvvtqH0/QzW5DToF1dV/b0vUP3qKNxMG8wHQYDVR0OBBYEFCzbX+uI
mRqbvOi2/BEvg1DlGXLEMB8GA1UdIwQYMBaAFCzbX+uImRqbvOi2/BEvg1DlGXLE
MA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4ILZ29kd2l0LnRlc3SHBH8AAAEw
CgYIKoZIzj0EAwIDSAAwRQIgBlGyoIz7DyNV6nkanAiuq5Zyg5+x/FoOhHMgONnk
3aMCIQD4Ef6Ff2e0fsi4U3gjQmjydHupWieS8HQtzEX85WlkGg==
-----END CERTIFICATE-----
`
