// Key pairs of issuers, made for these tests and used nowhere else.

let rsaPrivateKey = """
    -----BEGIN PRIVATE KEY-----
    MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCuwMqHS6zSSULu
    h14xIwi3RQGI+utA42XXKRioZsqwHemtiDsoXZwm7/cGvRzZVNxuB5FVZnDoCqGZ
    8FSO4SgntOoP8gDevEU6jonND9uU8W90NaOnf2sDyPcWVDXYLkee5pxWn6J0ADkF
    aJs4XN3WlOOxxCk1dz6TVn7ISasFnvY46yq3jHK/vyaBinYzlKdLl5UcezRut+vC
    eXLOC5/8PdIuLBL8um+0xV9N05ImqItCgomx4zCH4fkeSpuD9TyPkv0yqoU4a2wG
    uDalQMX+wLpsZB0cZ9a1v1eFlYPUxW7WPi6vOa/i2M3t9vl4BREecpzOmRqQ6ev8
    K33NwhUrAgMBAAECggEAFPJtFGdLcZrF2BuyfFyrsx7QE/Wnygu37bYyYMqO1H+G
    vtNL7AcUgaJVT6HO2co58JfITElO6AbmNLKXIC1NspIVVbtMxBDN54/7D/EtAUnT
    cfBADALSTA4vIqZjceSnlxzOHqAHSV+sIMGCNvECx7GUfX7QRbq5GHt6D6is7wEF
    MeuT5+TfCKp/zEzuWK/CUnpeILIkNeIFDTiS0VapQD/z4wVPkqhT4s7yfed3o+3j
    dqVxHEe2f4hF4R9ztdwFC1jqIwCctrdQhJSRW1VthAw7osKFyPuNjXvTRE5ct0uR
    tQPa7bv66gEJZVJ5KYU7O4hlXmio0sUKlNcwHq75UQKBgQDan27Sltq/MBCcCWi3
    1zRLkTjmigICHtxB6h3HrIsw3juXnLrnn17Ulxyr/hmmtduswLPmea3Kc16O6U8a
    VzlzoXxaVyPeMRvvLROjGYU/n+XZACkUrXg3rUkQ96JwNGnlHqzQ130TiuRTLkkR
    vPweQebQvMnOJtKwDoum6oIFSQKBgQDMoUrhpPF6deXybmsnbQwQWvDUeEkh4wdP
    y/ykCllBR53rLIWKC2cEBdp+8ow8QbROia+I7h7HceVnfUBu+wNcq/rNGB16i9Kw
    osXZxqtdvVXr1FVCZA0uycLoqhL6wxkO+Mpi7dAIokHRwfnBD04vM0kajDWKgI8i
    qmGZBKvq0wKBgD/ol2bsPmnhTRmwDnKfcGQewbly4n9oMg76t1XldJMGg/kgEesf
    xYLz4afNkgYP53Wqp2xaaZli/GNehIc4tEy/CjEGhC+xv269iJ4HGdKtlW1IBLpM
    s3XjLBbPrSaLy+D0hKRQOfn6giBmyWlsC2906FpgtcWTx8c7mUtkBjoxAoGAbZHg
    GrrLYptGqW1eixnk380SL3LJFhAOljfP67Zu3HmQoaCRUL2SR6Eqwdb2KD22Ymdv
    So7WhE0EXUm/+q0Fu9WK0c8b2caM5nACKP4sPGFpZIGptYcFWAxJBXQr/YICJPYq
    yJY2UqkvPTX0md+sKbH4bvKsqKD2A8XfxKOvumkCgYAYbTjhLmu2lC6lcmprSTkT
    V1VJyQqD5UnY008ZSUsUEZn5o8zyM1HdzYaU2FVI4QACyTOJn2KqxBti4FXqneO1
    gAb7VebaCJnCKpe8fHo7G6CpOoKD/v5g4o7CyQ2ienKUuubYM5Wt1CfmcNtCerF/
    n1L/iyBXX0NgHYKm/8wJKA==
    -----END PRIVATE KEY-----
    """

let rsaPublicKey = """
    -----BEGIN PUBLIC KEY-----
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArsDKh0us0klC7odeMSMI
    t0UBiPrrQONl1ykYqGbKsB3prYg7KF2cJu/3Br0c2VTcbgeRVWZw6AqhmfBUjuEo
    J7TqD/IA3rxFOo6JzQ/blPFvdDWjp39rA8j3FlQ12C5HnuacVp+idAA5BWibOFzd
    1pTjscQpNXc+k1Z+yEmrBZ72OOsqt4xyv78mgYp2M5SnS5eVHHs0brfrwnlyzguf
    /D3SLiwS/LpvtMVfTdOSJqiLQoKJseMwh+H5Hkqbg/U8j5L9MqqFOGtsBrg2pUDF
    /sC6bGQdHGfWtb9XhZWD1MVu1j4urzmv4tjN7fb5eAURHnKczpkakOnr/Ct9zcIV
    KwIDAQAB
    -----END PUBLIC KEY-----
    """

let edwardsPrivateKey = """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VwBCIEIPR8Gda46OkIwLw4hufNQAAHVQjwFLnbtG7a24g2Urwm
    -----END PRIVATE KEY-----
    """

let edwardsPublicKey = """
    -----BEGIN PUBLIC KEY-----
    MCowBQYDK2VwAyEAHfDz2m2KdYjtTjJrU4QPAOZu2/+pYCGd6Dj6B0sHGa0=
    -----END PUBLIC KEY-----
    """
