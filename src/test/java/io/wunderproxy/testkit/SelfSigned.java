package io.wunderproxy.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Certificates that vouch for themselves, made by openssl. */
public final class SelfSigned {
    private SelfSigned() {}

    /** Makes a certificate for these host names, and its key; files that are there are replaced, each at once. */
    public static void write(Path certificate, Path key, String... names) throws IOException, InterruptedException {
        var newCertificate = Path.of(certificate + ".new");
        var newKey = Path.of(key + ".new");
        var openssl = new ProcessBuilder(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:prime256v1",
                        "-nodes",
                        "-days",
                        "1",
                        "-subj",
                        "/CN=" + names[0].replace("*", "any"),
                        "-addext",
                        "subjectAltName=DNS:" + String.join(",DNS:", names),
                        "-keyout",
                        newKey.toString(),
                        "-out",
                        newCertificate.toString())
                .redirectErrorStream(true)
                .start();
        var said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (openssl.waitFor() != 0) {
            throw new AssertionError(said);
        }
        Files.move(newKey, key, StandardCopyOption.REPLACE_EXISTING);
        Files.move(newCertificate, certificate, StandardCopyOption.REPLACE_EXISTING);
    }
}
