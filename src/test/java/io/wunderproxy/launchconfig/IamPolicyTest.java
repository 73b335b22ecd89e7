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

/** The policies that operators give to their hosts and to people who deploy, against the calls that the store makes. */
class IamPolicyTest {
    /** Without it S3 answers a read of what is not there with 403. */
    private static final String FOR_404 = "s3:ListBucket";

    /** What only people do. */
    private static final String WRITE = "s3:PutObject";

    @Test
    void peopleWhoDeployMayDoWhatTheStoreCallsAndNothingElse() throws IOException {
        assertThat(actionsAllowedBy("deploy/iam-policy-deploy.json")).isEqualTo(actionsOfTheStore());
    }

    @Test
    void hostsMayDoTheSameButWrite() throws IOException {
        var needed = actionsOfTheStore();
        assertThat(needed.remove(WRITE)).isTrue();
        assertThat(actionsAllowedBy("deploy/iam-policy.json")).isEqualTo(needed);
    }

    private static Set<String> actionsAllowedBy(String file) throws IOException {
        var allowed = new TreeSet<String>();
        for (var statement : new ObjectMapper().readTree(Path.of(file).toFile()).get("Statement")) {
            assertThat(statement.get("Effect").asText()).isEqualTo("Allow");
            assertThat(texts(statement.get("Resource"))).allMatch(arn -> arn.startsWith("arn:aws:s3:::my-bucket"));
            texts(statement.get("Action")).forEach(allowed::add);
        }
        return allowed;
    }

    /** getObject is the action s3:GetObject, and so on, but headBucket is allowed by s3:ListBucket. */
    private static Set<String> actionsOfTheStore() {
        var actions = new ClassFileImporter()
                .importClasses(S3ObjectStore.class).get(S3ObjectStore.class).getMethodCallsFromSelf().stream()
                        .filter(call -> call.getTargetOwner().isEquivalentTo(S3Client.class))
                        .map(call -> call.getTarget().getName())
                        .filter(name -> !name.equals("builder") && !name.equals("headBucket"))
                        .map(name -> "s3:" + Character.toUpperCase(name.charAt(0)) + name.substring(1))
                        .collect(Collectors.toCollection(TreeSet::new));
        actions.add(FOR_404);
        return actions;
    }

    private static Stream<String> texts(JsonNode oneOrMany) {
        return oneOrMany.isTextual()
                ? Stream.of(oneOrMany.asText())
                : oneOrMany.valueStream().map(JsonNode::asText);
    }
}
