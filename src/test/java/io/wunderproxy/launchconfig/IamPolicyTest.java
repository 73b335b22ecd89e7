package io.wunderproxy.launchconfig;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.wunderproxy.fleet.DeployLock;
import io.wunderproxy.fleet.FleetTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;

/** The policies that operators give to their hosts and to people who deploy, against the calls that the store makes. */
class IamPolicyTest {
    /** Without it S3 answers a read of what is not there with 403. */
    private static final String FOR_404 = "s3:ListBucket";

    /** What only people do. */
    private static final String WRITE = "s3:PutObject";

    private static final String TABLE = "arn:aws:dynamodb:*:*:table/my-table";

    @Test
    void peopleWhoDeployMayDoWhatTheStoreCallsAndNothingElse() throws IOException {
        assertThat(actionsAllowedBy("deploy/iam-policy-deploy.json", "arn:aws:s3:::my-bucket"))
                .isEqualTo(actionsOfTheStore());
    }

    @Test
    void hostsMayDoTheSameButWrite() throws IOException {
        var needed = actionsOfTheStore();
        assertThat(needed.remove(WRITE)).isTrue();
        assertThat(actionsAllowedBy("deploy/iam-policy.json", "arn:aws:s3:::my-bucket"))
                .isEqualTo(needed);
    }

    @Test
    void hostsMayDescribeThemselvesInTheTableAndPeopleWhoDeployMayLockIt() throws IOException {
        var hosts = actionsAllowedBy("deploy/iam-policy.json", TABLE);
        var people = actionsAllowedBy("deploy/iam-policy-deploy.json", TABLE);

        assertThat(hosts).containsExactly("dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query");
        assertThat(people).containsExactly("dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem");
        people.addAll(hosts);
        assertThat(people).isEqualTo(calls("dynamodb", DynamoDbClient.class, FleetTable.class, DeployLock.class));
    }

    private static Set<String> actionsAllowedBy(String file, String resource) throws IOException {
        var allowed = new TreeSet<String>();
        for (var statement : new ObjectMapper().readTree(Path.of(file).toFile()).get("Statement")) {
            assertThat(statement.get("Effect").asText()).isEqualTo("Allow");
            assertThat(texts(statement.get("Resource")))
                    .allMatch(arn -> arn.startsWith("arn:aws:s3:::my-bucket") || arn.equals(TABLE));
            if (texts(statement.get("Resource")).allMatch(arn -> arn.startsWith(resource))) {
                texts(statement.get("Action")).forEach(allowed::add);
            }
        }
        return allowed;
    }

    /** getObject is the action s3:GetObject, and so on, but headBucket is allowed by s3:ListBucket. */
    private static Set<String> actionsOfTheStore() {
        var actions = calls("s3", S3Client.class, S3ObjectStore.class);
        actions.remove("s3:HeadBucket");
        actions.add(FOR_404);
        return actions;
    }

    /** What these classes call of a service's client, as actions. */
    private static Set<String> calls(String service, Class<?> client, Class<?>... callers) {
        return new ClassFileImporter()
                .importClasses(callers).stream()
                        .flatMap(caller -> caller.getMethodCallsFromSelf().stream())
                        .filter(call -> call.getTargetOwner().isEquivalentTo(client))
                        .map(call -> call.getTarget().getName())
                        .filter(name -> !name.equals("builder"))
                        .map(name -> service + ":" + Character.toUpperCase(name.charAt(0)) + name.substring(1))
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Stream<String> texts(JsonNode oneOrMany) {
        return oneOrMany.isTextual()
                ? Stream.of(oneOrMany.asText())
                : oneOrMany.valueStream().map(JsonNode::asText);
    }
}
