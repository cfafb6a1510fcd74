package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a cluster is asked to run, as kustomize renders it; and that the rules notice when it is spoiled. */
class KubernetesManifestsIT {
    /** The oldest that has sidecars and a preStop that sleeps without being asked, one between, the newest known. */
    private static final List<String> VERSIONS = List.of("1.30", "1.34", "1.37");

    private static final String POD = "/spec/template/spec";
    private static final String CONTAINER = POD + "/containers/0";
    private static final String OLLAMA = POD + "/initContainers/0";

    @ParameterizedTest
    @ValueSource(strings = {"single", "gpu-daemonset", "gateway-api"})
    void an_overlay_keeps_all_rules(String overlay) {
        assertThat(ManifestRules.brokenBy(Manifests.rendered(overlay))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"single", "gpu-daemonset", "gateway-api"})
    void an_overlay_is_valid_for_three_versions_of_kubernetes(String overlay) {
        Manifests manifests = Manifests.rendered(overlay);

        Tool.Verdict verdict = validated(manifests);

        assertThat(verdict.isGood()).as(verdict.said()).isTrue();
        assertThat(verdict.said().lines())
                .hasSize(VERSIONS.size() * manifests.objects().size());
    }

    @Test
    void each_overlay_has_what_it_is_for() {
        assertThat(Manifests.rendered("single").find("StatefulSet", "agent")).isPresent();
        assertThat(Manifests.rendered("gpu-daemonset").find("DaemonSet", "agent"))
                .isPresent();
        assertThat(Manifests.rendered("gateway-api").find("HTTPRoute", "gateway"))
                .isPresent();
    }

    @Test
    void with_monitoring_the_management_port_is_open_to_those_who_scrape_and_to_nobody_else() {
        Manifests manifests = Manifests.renderedWith("single", "monitoring");

        assertThat(ManifestRules.brokenBy(manifests)).isEmpty();
        assertThat(validated(manifests).isGood())
                .as(validated(manifests).said())
                .isTrue();
        assertThat(manifests
                        .get("Deployment", "gateway")
                        .at(CONTAINER + "/ports")
                        .toString())
                .contains("{\"containerPort\":9000,\"name\":\"management\"}");
        assertThat(manifests
                        .ofKind("NetworkPolicy")
                        .flatMap(policy -> policy.at("/spec/ingress").valueStream())
                        .filter(allowed -> allowed.path("ports").toString().contains("management"))
                        .map(allowed -> allowed.path("from").toString()))
                .containsExactly(
                        "[{\"namespaceSelector\":{\"matchLabels\":{\"ollamaorchestrator.org/monitoring\":\"true\"}}}]");
    }

    @Test
    void images_of_ours_have_the_version_of_the_build() {
        for (String overlay : List.of("single", "gpu-daemonset", "gateway-api")) {
            assertThat(Manifests.rendered(overlay).workloads().stream()
                            .flatMap(workload -> workload.containers().stream())
                            .map(container -> container.path("image").asText())
                            .filter(image -> image.contains("-service:")))
                    .isNotEmpty()
                    .allMatch(image -> image.endsWith(":" + Packaged.version()));
        }
    }

    /** What it is called, whose overlay, what to spoil, and the rule that must notice. */
    static Stream<Arguments> sabotage() {
        return Stream.of(
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        POD + "/securityContext",
                        "runAsNonRoot",
                        "false",
                        "does not run as root"),
                spoiled(
                        "single",
                        "StatefulSet",
                        "agent",
                        POD + "/securityContext",
                        "runAsUser",
                        "0",
                        "has a user of its own"),
                spoiled("single", "Deployment", "gateway", POD + "/securityContext", "seccompProfile", "{}", "seccomp"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        POD,
                        "automountServiceAccountToken",
                        "true",
                        "no token for the cluster's API"),
                spoiled("single", "Deployment", "gateway", POD, "hostNetwork", "true", "shares nothing with its host"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        POD,
                        "serviceAccountName",
                        "\"default\"",
                        "a service account of ours"),
                spoiled(
                        "gpu-daemonset",
                        "DaemonSet",
                        "agent",
                        POD + "/volumes/1",
                        "hostPath",
                        "{\"path\":\"/\"}",
                        "restricted volumes only"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        CONTAINER + "/securityContext",
                        "readOnlyRootFilesystem",
                        "false",
                        "read-only root"),
                spoiled(
                        "gpu-daemonset",
                        "DaemonSet",
                        "agent",
                        OLLAMA + "/securityContext",
                        "allowPrivilegeEscalation",
                        "true",
                        "cannot gain privileges"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        CONTAINER + "/securityContext/capabilities",
                        "add",
                        "[\"NET_ADMIN\"]",
                        "has no capabilities"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        CONTAINER + "/securityContext",
                        "privileged",
                        "true",
                        "is not privileged"),
                spoiled(
                        "single",
                        "StatefulSet",
                        "agent",
                        OLLAMA + "/securityContext",
                        "runAsUser",
                        "0",
                        "leaves runAsUser to its pod"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        POD + "/volumes/0",
                        "name",
                        "\"scratch\"",
                        "a /tmp that may be written"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        CONTAINER + "/ports/0",
                        "hostPort",
                        "3000",
                        "no port of its host"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        CONTAINER,
                        "image",
                        "\"gateway-service:latest\"",
                        "an image of one version"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        CONTAINER + "/resources",
                        "limits",
                        "{}",
                        "a bound of memory"),
                spoiled(
                        "single",
                        "StatefulSet",
                        "agent",
                        OLLAMA + "/resources",
                        "requests",
                        "{}",
                        "asks for CPU and memory"),
                spoiled(
                        "single",
                        "StatefulSet",
                        "agent",
                        CONTAINER + "/env/0",
                        "name",
                        "\"ORCHESTRATOR_PASSWORD\"",
                        "secrets from a Secret"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        CONTAINER + "/env/0",
                        "name",
                        "\"ORCHESTRATOR_INSECURE\"",
                        "not open to everybody"),
                spoiled("single", "Deployment", "gateway", CONTAINER, "envFrom", "[]", "its keys from a Secret"),
                spoiled("single", "StatefulSet", "agent", CONTAINER, "env", "[]", "a token from a Secret"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        POD + "/volumes/1",
                        "persistentVolumeClaim",
                        "null",
                        "a disk that outlives it"),
                spoiled(
                        "gpu-daemonset",
                        "Deployment",
                        "gateway",
                        CONTAINER + "/volumeMounts/1",
                        "mountPath",
                        "\"/var/lib/other\"",
                        "a disk that outlives it"),
                spoiled(
                        "gateway-api",
                        "Deployment",
                        "gateway",
                        CONTAINER + "/volumeMounts/1",
                        "readOnly",
                        "true",
                        "a disk that outlives it"),
                spoiled(
                        "single",
                        "PersistentVolumeClaim",
                        "gateway-data",
                        "/spec",
                        "accessModes",
                        "[\"ReadWriteMany\"]",
                        "has its disk for itself"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        POD + "/securityContext",
                        "fsGroup",
                        "null",
                        "may write to its disk"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        CONTAINER + "/startupProbe/httpGet",
                        "path",
                        "\"/q/health\"",
                        "is asked by the startupProbe"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        CONTAINER + "/livenessProbe/httpGet",
                        "path",
                        "\"/q/health/ready\"",
                        "is asked by the livenessProbe"),
                spoiled(
                        "single",
                        "StatefulSet",
                        "agent",
                        CONTAINER + "/readinessProbe/httpGet",
                        "port",
                        "3000",
                        "is asked by the readinessProbe"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        POD,
                        "terminationGracePeriodSeconds",
                        "30",
                        "the time to drain"),
                spoiled(
                        "gpu-daemonset",
                        "DaemonSet",
                        "agent",
                        POD,
                        "terminationGracePeriodSeconds",
                        "30",
                        "the time to drain"),
                spoiled("single", "Deployment", "gateway", CONTAINER, "lifecycle", "{}", "gets no new connections"),
                spoiled("single", "Deployment", "gateway", "/spec", "replicas", "2", "is one"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        "/spec/strategy",
                        "type",
                        "\"RollingUpdate\"",
                        "never two at once"),
                spoiled("gpu-daemonset", "DaemonSet", "agent", OLLAMA, "restartPolicy", "null", "Ollama as a sidecar"),
                spoiled(
                        "gpu-daemonset",
                        "DaemonSet",
                        "agent",
                        OLLAMA + "/env/0",
                        "value",
                        "\"0.0.0.0:11434\"",
                        "on the pod's loopback only"),
                spoiled(
                        "gpu-daemonset",
                        "DaemonSet",
                        "agent",
                        OLLAMA,
                        "livenessProbe",
                        "{\"httpGet\":{}}",
                        "inside its container: livenessProbe"),
                spoiled("gpu-daemonset", "DaemonSet", "agent", POD, "nodeSelector", "{}", "nodes with a GPU only"),
                spoiled(
                        "gpu-daemonset",
                        "DaemonSet",
                        "agent",
                        OLLAMA + "/resources/limits",
                        "nvidia.com/gpu",
                        "0",
                        "gives Ollama a GPU"),
                spoiled("single", "Deployment", "gateway", "/metadata", "labels", "{}", "says what it is part of"),
                spoiled(
                        "single",
                        "Deployment",
                        "gateway",
                        "/spec/template/metadata/labels",
                        "app.kubernetes.io/name",
                        "\"other\"",
                        "selects its own pods"),
                spoiled(
                        "single",
                        "Service",
                        "gateway",
                        "/spec/selector",
                        "app.kubernetes.io/component",
                        "\"other\"",
                        "leads to pods"),
                spoiled(
                        "single",
                        "Service",
                        "gateway",
                        "/spec/ports/0",
                        "targetPort",
                        "\"web\"",
                        "leads to ports that are there"),
                spoiled("single", "Service", "gateway", "/spec", "type", "\"LoadBalancer\"", "not open to the world"),
                spoiled(
                        "single",
                        "Namespace",
                        "ollama-orchestrator",
                        "/metadata/labels",
                        "pod-security.kubernetes.io/enforce",
                        "\"baseline\"",
                        "restricted Pod Security Standard"),
                spoiled(
                        "single",
                        "NetworkPolicy",
                        "default-deny",
                        "/spec",
                        "ingress",
                        "[{}]",
                        "denies what is not allowed"),
                spoiled(
                        "single",
                        "NetworkPolicy",
                        "gateway",
                        "/spec/ingress/0",
                        "from",
                        "[]",
                        "says whom and where it allows: ingress"),
                spoiled(
                        "single",
                        "NetworkPolicy",
                        "gateway",
                        "/spec/ingress/1/ports/0",
                        "port",
                        "\"http\"",
                        "lets agents in"),
                spoiled(
                        "single",
                        "NetworkPolicy",
                        "gateway",
                        "/spec",
                        "egress",
                        "[{\"to\":[{}]}]",
                        "opens no connections"),
                spoiled("single", "NetworkPolicy", "agent", "/spec", "ingress", "[{\"from\":[{}]}]", "lets nobody in"),
                spoiled(
                        "single",
                        "NetworkPolicy",
                        "agent",
                        "/spec/egress/0/to/0/podSelector",
                        "matchLabels",
                        "{}",
                        "may reach the gateway"),
                spoiled("single", "NetworkPolicy", "agent", "/spec/egress/1", "ports", "[]", "may ask for names"),
                spoiled(
                        "single",
                        "NetworkPolicy",
                        "agent",
                        "/spec/egress/2/to/0/ipBlock",
                        "except",
                        "[]",
                        "the networks beside it"),
                spoiled(
                        "gateway-api",
                        "HTTPRoute",
                        "gateway",
                        "/spec/rules/0/timeouts",
                        "request",
                        "\"60s\"",
                        "does not cut long answers"),
                spoiled(
                        "gateway-api",
                        "HTTPRoute",
                        "gateway",
                        "/spec/rules/0/backendRefs/0",
                        "port",
                        "80",
                        "a service that is there"));
    }

    @ParameterizedTest(name = "{0}: {4}")
    @MethodSource("sabotage")
    void a_spoiled_manifest_breaks_its_rule(
            String overlay, String kind, String name, Consumer<JsonNode> spoil, String rule) {
        Manifests manifests = Manifests.rendered(overlay).copy();

        spoil.accept(manifests.get(kind, name));

        assertThat(ManifestRules.brokenBy(manifests)).anyMatch(line -> line.contains(rule));
    }

    @Test
    void a_secret_among_the_manifests_breaks_a_rule() {
        var objects = new ArrayList<>(Manifests.rendered("single").objects());
        objects.add(Http.json("{\"kind\":\"Secret\",\"metadata\":{\"name\":\"gateway-secrets\"}}"));

        assertThat(ManifestRules.brokenBy(new Manifests(objects)))
                .contains("Secret: is the owner's, and not among the manifests");
    }

    @ParameterizedTest
    @ValueSource(strings = {"default-deny", "gateway", "agent"})
    void a_policy_that_is_missing_breaks_a_rule(String policy) {
        assertThat(ManifestRules.brokenBy(Manifests.rendered("single").without("NetworkPolicy", policy)))
                .isNotEmpty();
    }

    @Test
    void a_misspelt_field_is_not_valid() {
        Manifests deployment = Manifests.rendered("gateway-api").copy();
        ((ObjectNode) deployment.get("Deployment", "gateway").at(POD)).put("terminationGracePeriodSecs", 45);
        Manifests route = Manifests.rendered("gateway-api").copy();
        ((ObjectNode) route.get("HTTPRoute", "gateway").at("/spec/rules/0")).put("timeout", "0s");

        assertThat(validated(deployment).said()).contains("Deployment gateway is wrong");
        assertThat(validated(route).said()).contains("HTTPRoute gateway is wrong");
    }

    @Test
    void a_duration_that_the_gateway_api_does_not_know_is_not_valid() {
        Manifests route = Manifests.rendered("gateway-api").copy();
        ((ObjectNode) route.get("HTTPRoute", "gateway").at("/spec/rules/0/timeouts")).put("request", "0");

        assertThat(validated(route).said()).contains("HTTPRoute gateway is wrong");
    }

    private static Tool.Verdict validated(Manifests manifests) {
        var command = new ArrayList<>(List.of(
                Optionally.python("kubernetes_validate", "jsonschema", "yaml"),
                Optionally.resource("/kubernetes/validate.py").toString()));
        command.addAll(VERSIONS);
        return Tool.run(command, manifests.yaml());
    }

    private static Arguments spoiled(
            String overlay, String kind, String name, String at, String field, String value, String rule) {
        Consumer<JsonNode> spoil = object -> {
            JsonNode target = object.at(at);
            if (!target.isObject()) {
                throw new AssertionError("there is nothing at " + at + " of " + kind + " " + name);
            }
            ((ObjectNode) target).set(field, Http.json(value));
        };
        return arguments(overlay, kind, name, spoil, rule);
    }
}
