package io.wunderproxy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.CopyOption;
import java.nio.file.Files;
import java.nio.file.Path;

/** Holds the arrows between the packages and the habits that keep the code simple. */
@AnalyzeClasses(packages = "io.wunderproxy", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule the_disk_knows_no_other_package_of_ours = only("disk");

    @ArchTest
    static final ArchRule files_are_replaced_in_one_place = noClasses()
            .that()
            .resideOutsideOfPackage("io.wunderproxy.disk..")
            .should()
            .callMethod(Files.class, "move", Path.class, Path.class, CopyOption[].class);

    @ArchTest
    static final ArchRule the_proxy_knows_only_the_disk = only("proxy", "disk");

    @ArchTest
    static final ArchRule containers_know_no_other_package_of_ours = only("container");

    @ArchTest
    static final ArchRule health_knows_no_other_package_of_ours = only("health");

    @ArchTest
    static final ArchRule events_know_no_other_package_of_ours = only("events");

    @ArchTest
    static final ArchRule supervision_knows_no_other_package_of_ours = only("supervision");

    @ArchTest
    static final ArchRule remote_hosts_know_no_other_package_of_ours = only("remote");

    @ArchTest
    static final ArchRule launch_configurations_know_only_the_disk = only("launchconfig", "disk");

    @ArchTest
    static final ArchRule fleets_know_only_the_store_besides = only("fleet", "launchconfig");

    @ArchTest
    static final ArchRule deployments_order_the_steps_of_the_packages_below =
            only("deployment", "launchconfig", "container", "health", "proxy", "events", "disk");

    @ArchTest
    static final ArchRule the_manager_speaks_for_deployments_and_traffic =
            only("manager", "deployment", "container", "launchconfig", "proxy", "events", "fleet", "registry", "disk");

    @ArchTest
    static final ArchRule the_registry_reads_the_store = only("registry", "launchconfig", "disk");

    @ArchTest
    static final ArchRule commands_never_touch_the_agent =
            only("cli", "launchconfig", "fleet", "remote", "registry", "container");

    @ArchTest
    static final ArchRule packages_are_free_of_cycles =
            slices().matching("io.wunderproxy.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule the_proxy_knows_neither_docker_nor_s3_nor_jaxrs = noClasses()
            .that()
            .resideInAPackage("io.wunderproxy.proxy..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "com.github.dockerjava..", "software.amazon..", "jakarta.ws.rs..", "org.jboss.resteasy..");

    @ArchTest
    static final ArchRule no_static_mutable_state =
            fields().that().areStatic().should().beFinal();

    @ArchTest
    static final ArchRule no_bag_packages =
            noClasses().should().resideInAnyPackage("..util..", "..utils..", "..common..", "..helper..", "..helpers..");

    @ArchTest
    static final ArchRule no_impl_names = classes().should().haveSimpleNameNotEndingWith("Impl");

    /** The classes of a package may use, of ours, only that package and those named. */
    private static ArchRule only(String slice, String... others) {
        var allowed = new String[others.length + 1];
        allowed[0] = "io.wunderproxy." + slice + "..";
        for (var i = 0; i < others.length; i++) {
            allowed[i + 1] = "io.wunderproxy." + others[i] + "..";
        }
        return noClasses()
                .that()
                .resideInAPackage(allowed[0])
                .should()
                .dependOnClassesThat(com.tngtech.archunit.base.DescribedPredicate.describe(
                        "are ours but not in " + String.join(", ", allowed),
                        c -> c.getPackageName().startsWith("io.wunderproxy")
                                && java.util.Arrays.stream(allowed)
                                        .map(a -> a.substring(0, a.length() - 2))
                                        .noneMatch(a -> c.getPackageName().equals(a)
                                                || c.getPackageName().startsWith(a + "."))))
                .as(slice + " depends on nothing of ours but " + String.join(", ", others));
    }
}
