package io.wunderproxy.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineCertificatesTest {

    @TempDir
    Path directory;

    /** PKCS#8, as OpenSSL 3 writes it, and the older forms of each algorithm, the last after the parameters of its curve. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "genpkey -algorithm RSA",
                "genpkey -algorithm ed25519",
                "genrsa -traditional",
                "ecparam -genkey -name prime256v1"
            })
    void keys_of_every_common_form_are_read(String command) throws Exception {
        openssl(command + " -out key.pem");
        openssl("req -x509 -key key.pem -subj /CN=client -out cert.pem");
        Files.copy(directory.resolve("cert.pem"), directory.resolve("ca.pem"));

        assertThat(new EngineCertificates(directory).getSSLContext().getProtocol())
                .isEqualTo("TLS");
    }

    @Test
    void a_missing_file_is_named_with_its_directory() throws Exception {
        openssl("genpkey -algorithm RSA -out key.pem");

        assertThatThrownBy(() -> new EngineCertificates(directory).getSSLContext())
                .hasMessageContaining(directory.toString())
                .hasMessageContaining("cert.pem");
    }

    @Test
    void a_file_without_a_key_is_named() throws Exception {
        Files.writeString(directory.resolve("key.pem"), "nothing of the kind");

        assertThatThrownBy(() -> new EngineCertificates(directory).getSSLContext())
                .hasMessageContaining("key.pem has no private key");
    }

    private void openssl(String arguments) throws Exception {
        var process = new ProcessBuilder(List.of(("openssl " + arguments).split(" ")))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        var output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as(output).isZero();
    }
}
