package io.wunderproxy.blackbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A certificate authority, with a server on 127.0.0.1 and a client that it vouches for, in the files that Docker's clients expect. */
record Certificates(Path directory) {

    static Certificates in(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var certificates = new Certificates(directory);
        certificates.request("ca", "/CN=authority of the tests", "-addext", "basicConstraints=critical,CA:true");
        certificates.sign("server", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1");
        certificates.sign("client", "/CN=client");
        // Docker's names for the client's.
        certificates.copy("client-cert.pem", "cert.pem");
        certificates.copy("client-key.pem", "key.pem");
        certificates.copy("ca-cert.pem", "ca.pem");
        return certificates;
    }

    Path authority() {
        return directory.resolve("ca-cert.pem");
    }

    Path serverCertificate() {
        return directory.resolve("server-cert.pem");
    }

    Path serverKey() {
        return directory.resolve("server-key.pem");
    }

    /** The server's key and certificate as a Java key store. */
    Path serverKeyStore(String password) {
        var store = directory.resolve("server.p12");
        Command.run(
                "openssl",
                "pkcs12",
                "-export",
                "-inkey",
                serverKey().toString(),
                "-in",
                serverCertificate().toString(),
                "-passout",
                "pass:" + password,
                "-out",
                store.toString());
        return store;
    }

    private void sign(String name, String subject, String... options) {
        var all = new ArrayList<>(List.of(options));
        all.addAll(List.of("-CA", authority().toString()));
        all.addAll(List.of("-CAkey", directory.resolve("ca-key.pem").toString()));
        request(name, subject, all.toArray(String[]::new));
    }

    private void request(String name, String subject, String... options) {
        var words = new ArrayList<>(List.of("openssl", "req", "-x509", "-newkey", "ec", "-nodes"));
        words.addAll(List.of("-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "30", "-subj", subject));
        words.addAll(List.of("-keyout", directory.resolve(name + "-key.pem").toString()));
        words.addAll(List.of("-out", directory.resolve(name + "-cert.pem").toString()));
        words.addAll(List.of(options));
        Command.run(words.toArray(String[]::new));
    }

    private void copy(String from, String to) {
        try {
            Files.copy(directory.resolve(from), directory.resolve(to));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
