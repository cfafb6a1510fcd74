package org.ollamaorchestrator.system;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.ollamaorchestrator.system.Manifests.Workload;

/**
 * What holds for everything that we have a cluster run. Each broken rule is a line {@code what: the rule}, so that a test can
 * say which one a spoiled manifest breaks.
 */
final class ManifestRules {
    /** {@code orchestrator.drain.timeout} and {@code orchestrator.drain-timeout}. */
    private static final int DRAIN_SECONDS = 30;

    private static final int GATEWAY_FAREWELL_SECONDS = 1;
    private static final int AGENT_CLOSING_SECONDS = 5;
    private static final int MARGIN_SECONDS = 5;

    /** The kinds of volumes that the restricted Pod Security Standard allows. */
    private static final Set<String> VOLUMES = Set.of(
            "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret");

    private static final Pattern SECRET_NAME = Pattern.compile("TOKEN|SECRET|PASSWORD|PEPPER|(^|_)KEYS?(_|$)");
    private static final Pattern PINNED = Pattern.compile(".+:(?!latest$)[^:/]+|.+@sha256:[0-9a-f]{64}");

    private final Manifests all;
    private final List<String> broken = new ArrayList<>();

    private ManifestRules(Manifests all) {
        this.all = all;
    }

    /** The rules that do not hold; empty if all do. */
    static List<String> brokenBy(Manifests manifests) {
        var rules = new ManifestRules(manifests);
        rules.look();
        return List.copyOf(rules.broken);
    }

    private void look() {
        namespace();
        labels();
        for (Workload workload : all.workloads()) {
            pod(workload);
            workload.containers().forEach(container -> container(workload, container));
            secrets(workload);
        }
        gateway();
        all.workloads().stream().filter(w -> w.component().equals("agent")).forEach(this::agent);
        services();
        policies();
        routes();
    }

    private void rule(boolean holds, String what, String rule) {
        if (!holds) {
            broken.add(what + ": " + rule);
        }
    }

    private void namespace() {
        rule(
                all.ofKind("Namespace")
                        .allMatch(it -> it.at("/metadata/labels/pod-security.kubernetes.io~1enforce")
                                .asText()
                                .equals("restricted")),
                "Namespace",
                "enforces the restricted Pod Security Standard");
        rule(all.ofKind("Namespace").count() == 1, "Namespace", "there is one");
        rule(all.ofKind("Secret").findAny().isEmpty(), "Secret", "is the owner's, and not among the manifests");
        String name = all.ofKind("Namespace")
                .map(it -> it.at("/metadata/name").asText())
                .collect(Collectors.joining());
        all.objects().stream()
                .filter(it -> !it.path("kind").asText().equals("Namespace"))
                .forEach(it -> rule(
                        it.at("/metadata/namespace").asText().equals(name),
                        told(it),
                        "is in the namespace of the rest"));
    }

    private void labels() {
        for (JsonNode object : all.objects()) {
            rule(
                    object.at("/metadata/labels/app.kubernetes.io~1part-of")
                            .asText()
                            .equals("ollama-orchestrator"),
                    told(object),
                    "says what it is part of");
        }
        for (Workload workload : all.workloads()) {
            for (String label : List.of("name", "component", "part-of")) {
                rule(
                        !workload.labels()
                                .path("app.kubernetes.io/" + label)
                                .asText()
                                .isEmpty(),
                        workload.told(),
                        "its pods have the label " + label);
            }
            JsonNode selector = workload.object().at("/spec/selector/matchLabels");
            rule(!selector.isEmpty() && matches(selector, workload), workload.told(), "selects its own pods");
        }
    }

    private void pod(Workload workload) {
        JsonNode pod = workload.pod();
        JsonNode security = pod.path("securityContext");
        String told = workload.told();
        rule(security.path("runAsNonRoot").asBoolean(), told, "does not run as root");
        rule(security.path("runAsUser").asInt() > 0, told, "has a user of its own");
        rule(security.at("/seccompProfile/type").asText().equals("RuntimeDefault"), told, "has the runtime's seccomp");
        rule(isFalse(pod, "automountServiceAccountToken"), told, "has no token for the cluster's API");
        rule(
                !pod.path("hostNetwork").asBoolean()
                        && !pod.path("hostPID").asBoolean()
                        && !pod.path("hostIPC").asBoolean(),
                told,
                "shares nothing with its host");
        for (JsonNode volume : pod.path("volumes")) {
            volume.fieldNames()
                    .forEachRemaining(kind ->
                            rule(kind.equals("name") || VOLUMES.contains(kind), told, "has restricted volumes only"));
        }
        String account = pod.path("serviceAccountName").asText();
        rule(
                all.find("ServiceAccount", account)
                        .filter(it -> isFalse(it, "automountServiceAccountToken"))
                        .isPresent(),
                told,
                "has a service account of ours without a token");
    }

    private void container(Workload workload, JsonNode container) {
        String told = workload.told() + " " + container.path("name").asText();
        JsonNode security = container.path("securityContext");
        rule(isFalse(security, "allowPrivilegeEscalation"), told, "cannot gain privileges");
        rule(security.path("readOnlyRootFilesystem").asBoolean(), told, "has a read-only root");
        rule(
                security.at("/capabilities/drop").toString().equals("[\"ALL\"]")
                        && security.at("/capabilities/add").isMissingNode(),
                told,
                "has no capabilities");
        rule(!security.path("privileged").asBoolean(), told, "is not privileged");
        for (String field : List.of("runAsUser", "runAsNonRoot", "seccompProfile")) {
            rule(security.path(field).isMissingNode(), told, "leaves " + field + " to its pod");
        }
        rule(
                Manifests.each(container.path("volumeMounts"))
                        .anyMatch(mount -> mount.path("mountPath").asText().equals("/tmp")
                                && isEmptyDir(workload, mount.path("name").asText())),
                told,
                "has a /tmp that may be written");
        rule(
                Manifests.each(container.path("ports"))
                        .allMatch(port -> port.path("hostPort").isMissingNode()),
                told,
                "takes no port of its host");
        rule(PINNED.matcher(container.path("image").asText()).matches(), told, "has an image of one version");
        JsonNode resources = container.path("resources");
        rule(
                resources.at("/requests/cpu").isTextual()
                        && resources.at("/requests/memory").isTextual(),
                told,
                "asks for CPU and memory");
        rule(resources.at("/limits/memory").isTextual(), told, "has a bound of memory");
    }

    private void secrets(Workload workload) {
        for (JsonNode container : workload.containers()) {
            String told = workload.told() + " " + container.path("name").asText();
            for (JsonNode variable : container.path("env")) {
                String name = variable.path("name").asText();
                rule(!name.equals("ORCHESTRATOR_INSECURE"), told, "is not open to everybody");
                rule(
                        !SECRET_NAME.matcher(name).find()
                                || variable.at("/valueFrom/secretKeyRef/name").isTextual(),
                        told,
                        "has its secrets from a Secret");
            }
        }
    }

    private void gateway() {
        Optional<Workload> found = all.workloads().stream()
                .filter(workload -> workload.component().equals("gateway"))
                .findFirst();
        rule(found.isPresent(), "gateway", "is there");
        found.ifPresent(this::gateway);
    }

    private void gateway(Workload gateway) {
        JsonNode object = gateway.object();
        rule(object.at("/spec/replicas").asInt() == 1, gateway.told(), "is one");
        rule(object.at("/spec/strategy/type").asText().equals("Recreate"), gateway.told(), "is never two at once");
        Optional<JsonNode> container = gateway.container("gateway");
        rule(container.isPresent(), gateway.told(), "has the container gateway");
        container.ifPresent(it -> {
            probes(gateway, it, 3000);
            int preStop = it.at("/lifecycle/preStop/sleep/seconds").asInt();
            rule(preStop > 0, gateway.told(), "waits until it gets no new connections");
            rule(
                    graceOf(gateway) >= preStop + DRAIN_SECONDS + GATEWAY_FAREWELL_SECONDS + MARGIN_SECONDS,
                    gateway.told(),
                    "has the time to drain");
            rule(
                    Manifests.each(it.path("envFrom"))
                            .anyMatch(from -> from.at("/secretRef/name").isTextual()
                                    && !from.at("/secretRef/optional").asBoolean()),
                    gateway.told(),
                    "has its keys from a Secret that must be there");
            keepsWhatItIsTold(gateway, it);
        });
    }

    /** Keys that are given out at run time are on a disk that outlives the pod, and that the pod's user may write. */
    private void keepsWhatItIsTold(Workload gateway, JsonNode container) {
        String folder = envOf(container, "ORCHESTRATOR_DATA_DIR").path("value").asText();
        Optional<JsonNode> claim = Manifests.each(container.path("volumeMounts"))
                .filter(mount -> mount.path("mountPath").asText().equals(folder)
                        && !mount.path("readOnly").asBoolean())
                .flatMap(mount -> Manifests.each(gateway.pod().path("volumes"))
                        .filter(volume -> volume.path("name").equals(mount.path("name"))))
                .flatMap(volume ->
                        all
                                .find(
                                        "PersistentVolumeClaim",
                                        volume.at("/persistentVolumeClaim/claimName")
                                                .asText())
                                .stream())
                .findFirst();
        rule(claim.isPresent(), gateway.told(), "keeps its keys on a disk that outlives it");
        rule(
                claim.filter(it -> it.at("/spec/accessModes").toString().equals("[\"ReadWriteOnce\"]")
                                && it.at("/spec/resources/requests/storage").isTextual())
                        .isPresent(),
                gateway.told(),
                "has its disk for itself");
        JsonNode security = gateway.pod().path("securityContext");
        rule(
                security.path("fsGroup").isInt() && security.path("fsGroup").equals(security.path("runAsGroup")),
                gateway.told(),
                "may write to its disk");
    }

    private void agent(Workload agent) {
        String told = agent.told();
        agent.container("agent")
                .ifPresentOrElse(
                        it -> {
                            probes(agent, it, 3001);
                            rule(
                                    envOf(it, "ORCHESTRATOR_TOKEN")
                                                    .at("/valueFrom/secretKeyRef/name")
                                                    .isTextual()
                                            && !envOf(it, "ORCHESTRATOR_TOKEN")
                                                    .at("/valueFrom/secretKeyRef/optional")
                                                    .asBoolean(),
                                    told,
                                    "has a token from a Secret that must be there");
                            rule(
                                    envOf(it, "ORCHESTRATOR_AGENT_ID")
                                            .at("/valueFrom/fieldRef/fieldPath")
                                            .isTextual(),
                                    told,
                                    "stays the same agent over restarts");
                        },
                        () -> rule(false, told, "has the container agent"));
        rule(graceOf(agent) >= DRAIN_SECONDS + AGENT_CLOSING_SECONDS + MARGIN_SECONDS, told, "has the time to drain");
        Optional<JsonNode> ollama = agent.container("ollama");
        rule(
                ollama.filter(it -> it.path("restartPolicy").asText().equals("Always"))
                                .isPresent()
                        && agent.pod().at("/initContainers/0/name").asText().equals("ollama"),
                told,
                "has Ollama as a sidecar that starts first and ends last");
        ollama.ifPresent(it -> {
            rule(
                    envOf(it, "OLLAMA_HOST").path("value").asText().startsWith("127.0.0.1:"),
                    told,
                    "has an Ollama on the pod's loopback only");
            rule(it.path("ports").isMissingNode(), told, "shows nobody its Ollama");
            for (String probe : List.of("startupProbe", "livenessProbe")) {
                rule(it.path(probe).path("exec").isObject(), told, "asks Ollama inside its container: " + probe);
            }
        });
        if (agent.object().path("kind").asText().equals("DaemonSet")) {
            rule(
                    agent.pod()
                            .at("/nodeSelector/nvidia.com~1gpu.present")
                            .asText()
                            .equals("true"),
                    told,
                    "is on nodes with a GPU only");
            rule(
                    ollama.filter(it ->
                                    it.at("/resources/limits/nvidia.com~1gpu").asInt() == 1)
                            .isPresent(),
                    told,
                    "gives Ollama a GPU");
        }
    }

    private void probes(Workload workload, JsonNode container, int port) {
        for (var probe : List.of(
                List.of("startupProbe", "/q/health/started"),
                List.of("livenessProbe", "/q/health/live"),
                List.of("readinessProbe", "/q/health/ready"))) {
            JsonNode get = container.path(probe.getFirst()).path("httpGet");
            rule(
                    get.path("path").asText().equals(probe.getLast())
                            && workload.port(get.path("port"))
                                    .filter(it -> it.path("containerPort").asInt() == port)
                                    .isPresent(),
                    workload.told(),
                    "is asked by the " + probe.getFirst());
        }
    }

    private void services() {
        all.ofKind("Service").forEach(service -> {
            JsonNode selector = service.at("/spec/selector");
            List<Workload> behind = all.workloads().stream()
                    .filter(workload -> !selector.isEmpty() && matches(selector, workload))
                    .toList();
            rule(behind.size() == 1, told(service), "leads to pods of one kind");
            for (JsonNode port : service.at("/spec/ports")) {
                rule(
                        behind.stream()
                                .allMatch(it -> it.port(port.path("targetPort")).isPresent()),
                        told(service),
                        "leads to ports that are there");
            }
            rule(
                    Set.of("", "ClusterIP").contains(service.at("/spec/type").asText()),
                    told(service),
                    "is not open to the world");
        });
    }

    private void policies() {
        rule(
                all.ofKind("NetworkPolicy").anyMatch(ManifestRules::deniesEverything),
                "NetworkPolicy",
                "denies what is not allowed");
        all.ofKind("NetworkPolicy").forEach(policy -> {
            for (String[] way : new String[][] {{"ingress", "from"}, {"egress", "to"}}) {
                for (JsonNode allowed : policy.path("spec").path(way[0])) {
                    rule(
                            !allowed.path(way[1]).isEmpty()
                                    && !allowed.path("ports").isEmpty(),
                            told(policy),
                            "says whom and where it allows: " + way[0]);
                }
            }
        });
        for (Workload workload : all.workloads()) {
            List<JsonNode> ingress = allowed(workload, "ingress");
            List<JsonNode> egress = allowed(workload, "egress");
            switch (workload.component()) {
                case "gateway" -> {
                    rule(egress.isEmpty(), workload.told(), "opens no connections");
                    rule(lets(ingress, "from", "agent", "agents"), workload.told(), "lets agents in");
                    rule(
                            ingress.stream()
                                    .anyMatch(it ->
                                            it.at("/ports/0/port").asText().equals("http")
                                                    && it.at("/from/0/namespaceSelector/matchLabels")
                                                                    .size()
                                                            == 1),
                            workload.told(),
                            "lets clients in from namespaces that are marked");
                }
                case "agent" -> {
                    rule(ingress.isEmpty(), workload.told(), "lets nobody in");
                    rule(lets(egress, "to", "gateway", "agents"), workload.told(), "may reach the gateway");
                    rule(
                            egress.stream()
                                    .flatMap(it -> Manifests.each(it.path("ports")))
                                    .anyMatch(it -> it.path("port").asInt() == 53),
                            workload.told(),
                            "may ask for names");
                    rule(
                            egress.stream()
                                    .flatMap(it -> Manifests.each(it.path("to")))
                                    .map(it -> it.path("ipBlock"))
                                    .filter(JsonNode::isObject)
                                    .allMatch(it -> it.path("except").toString().contains("169.254.0.0/16")),
                            workload.told(),
                            "does not reach the networks beside it");
                }
                default -> rule(false, workload.told(), "is a component that the policies know");
            }
        }
    }

    private void routes() {
        all.ofKind("HTTPRoute").forEach(route -> {
            for (JsonNode each : route.at("/spec/rules")) {
                rule(each.at("/timeouts/request").asText().equals("0s"), told(route), "does not cut long answers");
                for (JsonNode backend : each.path("backendRefs")) {
                    rule(
                            all.find("Service", backend.path("name").asText())
                                    .filter(service -> Manifests.each(service.at("/spec/ports"))
                                            .anyMatch(it -> it.path("port").asInt()
                                                    == backend.path("port").asInt()))
                                    .isPresent(),
                            told(route),
                            "leads to a service that is there");
                }
            }
        });
    }

    private List<JsonNode> allowed(Workload workload, String way) {
        return all.ofKind("NetworkPolicy")
                .filter(it -> matches(it.at("/spec/podSelector/matchLabels"), workload))
                .flatMap(it -> Manifests.each(it.path("spec").path(way)))
                .toList();
    }

    private static boolean lets(List<JsonNode> allowed, String whom, String component, String port) {
        return allowed.stream()
                .anyMatch(it -> it.path(whom)
                                .path(0)
                                .at("/podSelector/matchLabels/app.kubernetes.io~1component")
                                .asText()
                                .equals(component)
                        && it.at("/ports/0/port").asText().equals(port));
    }

    private static boolean deniesEverything(JsonNode policy) {
        JsonNode spec = policy.path("spec");
        return spec.path("podSelector").isObject()
                && spec.path("podSelector").isEmpty()
                && spec.path("policyTypes").toString().contains("Ingress")
                && spec.path("policyTypes").toString().contains("Egress")
                && spec.path("ingress").isEmpty()
                && spec.path("egress").isEmpty();
    }

    /** Labels that are not there match everything, as in Kubernetes. */
    private static boolean matches(JsonNode labels, Workload workload) {
        return labels.properties().stream()
                .allMatch(label -> workload.labels().path(label.getKey()).equals(label.getValue()));
    }

    private static boolean isEmptyDir(Workload workload, String volume) {
        return Manifests.each(workload.pod().path("volumes"))
                .anyMatch(it -> it.path("name").asText().equals(volume) && it.has("emptyDir"));
    }

    private static JsonNode envOf(JsonNode container, String name) {
        return Manifests.each(container.path("env"))
                .filter(it -> it.path("name").asText().equals(name))
                .findFirst()
                .orElse(container.path("there is none"));
    }

    private static int graceOf(Workload workload) {
        return workload.pod().path("terminationGracePeriodSeconds").asInt();
    }

    private static boolean isFalse(JsonNode node, String field) {
        return node.path(field).isBoolean() && !node.path(field).asBoolean();
    }

    private static String told(JsonNode object) {
        return object.path("kind").asText() + "/" + object.at("/metadata/name").asText();
    }
}
