package io.wunderproxy.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wunderproxy.launchconfig.LaunchConfigStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AwsFailureTest {

    @TempDir
    Path directory;

    private Map<String, String> properties = Map.of();

    @AfterEach
    void forgetProfile() {
        properties.keySet().forEach(System::clearProperty);
    }

    @ParameterizedTest
    @ValueSource(strings = {"session", "older"})
    void a_profile_that_signs_in_by_sso_is_refused_with_what_to_do(String profile) throws Exception {
        var file = Files.writeString(directory.resolve("config"), """
                [profile session]
                region = eu-central-1
                sso_session = here
                sso_account_id = 123456789012
                sso_role_name = deployer
                [sso-session here]
                sso_region = eu-central-1
                sso_start_url = https://sso.example/start
                [profile older]
                region = eu-central-1
                sso_region = eu-central-1
                sso_start_url = https://sso.example/start
                sso_account_id = 123456789012
                sso_role_name = deployer
                """);
        properties = Map.of(
                "aws.configFile",
                file.toString(),
                "aws.sharedCredentialsFile",
                directory.resolve("credentials").toString(),
                "aws.profile",
                profile,
                "aws.disableEc2Metadata",
                "true",
                // Nothing listens there.
                "aws.endpointUrlS3",
                "http://127.0.0.1:9");
        properties.forEach(System::setProperty);

        assertThatThrownBy(() -> LaunchConfigStore.open("bucket", "shop").current())
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("signs in by IAM Identity Center (SSO), which is not built in")
                .hasMessageContaining("credential_process = aws configure export-credentials");
    }
}
