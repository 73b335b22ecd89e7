package io.wunderproxy.proxy.tls;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The certificates that the proxy shows, by the names that are in them. Immutable: changed files are another one. */
final class TlsCertificates {
    /** Type of a DNS name among a certificate's alternative names (RFC 5280, section 4.2.1.6). */
    private static final int DNS_NAME = 2;

    private static final List<String> CIPHERS = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    private final Map<String, SslContext> byName = new HashMap<>();
    private SslContext first;

    private TlsCertificates() {}

    /**
     * Reads the files.
     *
     * @throws IOException if one can't be read, with its name in the message
     */
    static List<Buffer> read(List<TlsOptions.PemFiles> files) throws IOException {
        var contents = new ArrayList<Buffer>();
        for (var pair : files) {
            contents.add(Buffer.buffer(Files.readAllBytes(pair.certificate())));
            contents.add(Buffer.buffer(Files.readAllBytes(pair.key())));
        }
        return contents;
    }

    /**
     * Understands what was read from the files.
     *
     * @throws IOException if one is not valid, with its name in the message
     */
    static TlsCertificates of(List<Buffer> contents, List<TlsOptions.PemFiles> files, Vertx vertx) throws IOException {
        var certificates = new TlsCertificates();
        for (var i = 0; i < files.size(); i++) {
            try {
                certificates.add(contents.get(2 * i), contents.get(2 * i + 1), vertx);
            } catch (Exception invalid) {
                throw new IOException(
                        "can't use the certificate " + files.get(i).certificate() + " with the key "
                                + files.get(i).key() + ": " + invalid.getMessage(),
                        invalid);
            }
        }
        return certificates;
    }

    private void add(Buffer certificate, Buffer key, Vertx vertx) throws Exception {
        var keys = new PemKeyCertOptions().addCertValue(certificate).addKeyValue(key);
        var context = SslContextBuilder.forServer(keys.getKeyManagerFactory(vertx))
                .sslProvider(SslProvider.JDK)
                .protocols("TLSv1.3", "TLSv1.2")
                .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2,
                        ApplicationProtocolNames.HTTP_1_1))
                .build();
        if (first == null) {
            first = context;
        }
        for (var name : namesIn(certificate)) {
            byName.putIfAbsent(name.toLowerCase(Locale.ROOT), context);
        }
    }

    private static List<String> namesIn(Buffer pem) throws Exception {
        var certificate = (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem.getBytes()));
        var names = certificate.getSubjectAlternativeNames();
        return names == null
                ? List.of()
                : names.stream()
                        .filter(name -> name.getFirst().equals(DNS_NAME))
                        .map(name -> (String) name.get(1))
                        .toList();
    }

    /** The certificate for a host name, exact or by a wildcard for its first label; the first one if none matches. */
    SslContext forName(String host) {
        if (host == null) {
            return first;
        }
        var name = host.toLowerCase(Locale.ROOT);
        var exact = byName.get(name);
        if (exact != null) {
            return exact;
        }
        var dot = name.indexOf('.');
        return dot < 0 ? first : byName.getOrDefault("*" + name.substring(dot), first);
    }
}
