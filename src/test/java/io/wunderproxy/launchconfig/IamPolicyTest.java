package io.wunderproxy.launchconfig;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.S3Client;

/** The policy that operators give to their hosts, against the calls that the store makes. */
class IamPolicyTest {
    /** Without it S3 answers a read of what is not there with 403. */
    private static final String FOR_404 = "s3:ListBucket";

    @Test
    void allowsWhatTheStoreCallsAndNothingElse() throws IOException {
        var policy =
                new ObjectMapper().readTree(Path.of("deploy/iam-policy.json").toFile());

        var allowed = new TreeSet<String>();
        for (var statement : policy.get("Statement")) {
            assertThat(statement.get("Effect").asText()).isEqualTo("Allow");
            assertThat(texts(statement.get("Resource"))).allMatch(arn -> arn.startsWith("arn:aws:s3:::my-bucket"));
            texts(statement.get("Action")).forEach(allowed::add);
        }

        var needed = new TreeSet<>(actionsOfTheStore());
        assertThat(needed).isNotEmpty();
        needed.add(FOR_404);
        assertThat(allowed).isEqualTo(needed);
    }

    /** getObject is the action s3:GetObject. */
    private static Set<String> actionsOfTheStore() {
        return new ClassFileImporter()
                .importClasses(S3ObjectStore.class).get(S3ObjectStore.class).getMethodCallsFromSelf().stream()
                        .filter(call -> call.getTargetOwner().isEquivalentTo(S3Client.class))
                        .map(call -> call.getTarget().getName())
                        .filter(name -> !name.equals("builder"))
                        .map(name -> "s3:" + Character.toUpperCase(name.charAt(0)) + name.substring(1))
                        .collect(Collectors.toSet());
    }

    private static Stream<String> texts(JsonNode oneOrMany) {
        return oneOrMany.isTextual()
                ? Stream.of(oneOrMany.asText())
                : oneOrMany.valueStream().map(JsonNode::asText);
    }
}
