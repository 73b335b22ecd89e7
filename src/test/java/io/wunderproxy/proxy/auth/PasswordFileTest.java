package io.wunderproxy.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordFileTest {
    /** Made by {@code openssl passwd -apr1}. */
    private static final String APR1 = "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/";

    @TempDir
    Path directory;

    private static String bcrypt(String password) {
        return OpenBSDBCrypt.generate("2y", password.toCharArray(), new byte[16], 4);
    }

    private static Credentials credentials(String text) {
        return Credentials.of(
                List.of("Basic " + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8))));
    }

    private Path file(String content) throws IOException {
        return Files.writeString(directory.resolve("htpasswd"), content);
    }

    @Test
    void knows_the_passwords_of_bcrypt_and_apr1() throws Exception {
        var long1 = "x".repeat(72);
        var file = PasswordFile.read(file(
                "# who may come in\n\nann:" + bcrypt("sécret:1") + "\nbob:" + APR1 + "\r\ncy:" + bcrypt(long1) + "\n"));

        assertThat(file.matches(credentials("ann:sécret:1"))).isTrue();
        assertThat(file.matches(credentials("ann:secret"))).isFalse();
        assertThat(file.matches(credentials("bob:secret"))).isTrue();
        assertThat(file.matches(credentials("bob:secreT"))).isFalse();
        assertThat(file.matches(credentials("bob:"))).isFalse();
        assertThat(file.matches(credentials("cy:" + long1))).isTrue();
        assertThat(file.matches(credentials("cy:" + "y".repeat(5000)))).isFalse();
        assertThat(file.matches(credentials("dan:secret"))).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ann               | line 1 is not of the form user:hash",
                ":hash             | line 1 is not of the form user:hash",
                "ann:secret        | line 1 is hashed neither by bcrypt nor by apr1",
                "ann:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ= | is hashed neither by bcrypt nor by apr1",
                "ann:$2y$31$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyz01234 | has a cost that is not 4 to 14",
                "# none            | it has no user"
            })
    void what_cannot_be_used_is_refused_with_what_to_do_and_without_the_secret(String content, String message) {
        assertThatThrownBy(() -> PasswordFile.read(file(content)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the password file " + directory.resolve("htpasswd") + " can't be used: ")
                .hasMessageContaining(message)
                .hasMessageNotContainingAny("secret", "5en6");
    }

    @Test
    void a_file_that_is_not_there_or_has_a_user_twice_is_refused() {
        assertThatThrownBy(() -> PasswordFile.read(directory.resolve("none")))
                .hasMessageEndingWith("it is not on this host");
        assertThatThrownBy(() -> PasswordFile.read(file("ann:" + APR1 + "\nann:" + APR1)))
                .hasMessageEndingWith("line 2 is about a user that has a line already");
        assertThatThrownBy(() -> PasswordFile.read(directory)).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Basic", "Basic ", "Bearer YTpi", "Basic YTpi=x", "Basic YWI=", "Digest a:b"})
    void what_are_no_credentials_are_none(String value) {
        assertThat(Credentials.of(List.of(value))).isNull();
    }

    @Test
    void credentials_are_in_one_line_and_do_not_show_the_password() {
        assertThat(Credentials.of(List.of())).isNull();
        assertThat(Credentials.of(List.of("Basic YTpi", "Basic YTpi"))).isNull();
        assertThat(Credentials.of(List.of("bASIC  YTpi"))).hasToString("a");
    }
}
