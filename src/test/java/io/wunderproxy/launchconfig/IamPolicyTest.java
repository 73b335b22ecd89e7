package io.wunderproxy.launchconfig;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.wunderproxy.fleet.DynamoTables;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;

/** The policies that operators give to their hosts and to people who deploy, against the calls that the store makes. */
class IamPolicyTest {
    private static final String CONFIGURATIONS = "my-bucket";
    private static final String IMAGES = "my-images";
    private static final String TABLE = "arn:aws:dynamodb:*:*:table/my-table";
    private static final String STORE_OF_CONFIGURATIONS = "io.wunderproxy.store.S3ObjectStore";
    private static final String STORE_OF_IMAGES = "io.wunderproxy.registry.S3BlobStore";

    /** Without the libraries that it uses, which would take long to read. */
    private static final JavaClasses MAIN = ArchConfiguration.withThreadLocalScope(configuration -> {
        configuration.setResolveMissingDependenciesFromClassPath(false);
        return new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.wunderproxy.store", "io.wunderproxy.registry", "io.wunderproxy.fleet");
    });

    /** Without it S3 responds to a read of what is not there with 403. */
    private static final String FOR_404 = "s3:ListBucket";

    /** What only people do. */
    private static final Set<String> WRITE = Set.of("s3:PutObject", "s3:AbortMultipartUpload");

    /** Calls that are not allowed by an action of their own name. */
    private static final Map<String, String> ALLOWED_BY = Map.of(
            "headBucket", "s3:ListBucket",
            "listObjectsV2Paginator", "s3:ListBucket",
            "headObject", "s3:GetObject",
            "createMultipartUpload", "s3:PutObject",
            "uploadPart", "s3:PutObject",
            "completeMultipartUpload", "s3:PutObject");

    @ParameterizedTest
    @CsvSource({CONFIGURATIONS + "," + STORE_OF_CONFIGURATIONS, IMAGES + "," + STORE_OF_IMAGES})
    void people_who_deploy_may_do_what_the_store_calls_and_nothing_else(String bucket, String store)
            throws IOException {
        assertThat(actionsAllowedBy("deploy/iam-policy-deploy.json", "arn:aws:s3:::" + bucket))
                .isEqualTo(actionsOf(store));
    }

    @ParameterizedTest
    @CsvSource({CONFIGURATIONS + "," + STORE_OF_CONFIGURATIONS, IMAGES + "," + STORE_OF_IMAGES})
    void hosts_may_do_the_same_but_write(String bucket, String store) throws IOException {
        var needed = actionsOf(store);
        assertThat(needed.removeAll(WRITE)).isTrue();
        assertThat(actionsAllowedBy("deploy/iam-policy.json", "arn:aws:s3:::" + bucket))
                .isEqualTo(needed);
    }

    @Test
    void hosts_may_describe_themselves_in_the_table_and_people_who_deploy_may_lock_it() throws IOException {
        var hosts = actionsAllowedBy("deploy/iam-policy.json", TABLE);
        var people = actionsAllowedBy("deploy/iam-policy-deploy.json", TABLE);

        assertThat(hosts).containsExactly("dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query");
        assertThat(people).containsExactly("dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem");
        people.addAll(hosts);
        assertThat(people).isEqualTo(actionsOfTheFleet());
    }

    private static Set<String> actionsAllowedBy(String file, String arn) throws IOException {
        var allowed = new TreeSet<String>();
        for (var statement : new ObjectMapper().readTree(Path.of(file).toFile()).get("Statement")) {
            assertThat(statement.get("Effect").asText()).isEqualTo("Allow");
            assertThat(texts(statement.get("Resource")))
                    .allMatch(named -> named.equals(TABLE)
                            || named.matches("arn:aws:s3:::(" + CONFIGURATIONS + "|" + IMAGES + ")(/[a-z0-9/*.-]+)?"));
            if (texts(statement.get("Resource")).anyMatch(named -> named.equals(arn) || named.startsWith(arn + "/"))) {
                texts(statement.get("Action")).forEach(allowed::add);
            }
        }
        return allowed;
    }

    /** getObject is the action s3:GetObject, and so on. */
    private static Set<String> actionsOf(String store) {
        var actions = MAIN.get(store).getMethodCallsFromSelf().stream()
                .filter(call -> call.getTargetOwner().isEquivalentTo(S3Client.class))
                .map(call -> call.getTarget().getName())
                .map(name -> ALLOWED_BY.getOrDefault(
                        name, "s3:" + Character.toUpperCase(name.charAt(0)) + name.substring(1)))
                .collect(Collectors.toCollection(TreeSet::new));
        actions.add(FOR_404);
        return actions;
    }

    /** What members, lock and ledger call. Tables are made and looked into by who may do everything to them. */
    private static Set<String> actionsOfTheFleet() {
        return MAIN.stream()
                .filter(caller -> caller.getPackageName().equals(DynamoTables.class.getPackageName()))
                .filter(caller -> !caller.isEquivalentTo(DynamoTables.class))
                .flatMap(caller -> caller.getMethodCallsFromSelf().stream())
                .filter(call -> call.getTargetOwner().isEquivalentTo(DynamoDbClient.class))
                .map(call -> call.getTarget().getName())
                .filter(name -> !Set.of("builder", "close").contains(name))
                .map(name -> "dynamodb:" + Character.toUpperCase(name.charAt(0)) + name.substring(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Stream<String> texts(JsonNode oneOrMany) {
        return oneOrMany.isTextual()
                ? Stream.of(oneOrMany.asText())
                : oneOrMany.valueStream().map(JsonNode::asText);
    }
}
