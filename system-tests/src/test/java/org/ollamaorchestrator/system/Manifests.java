package org.ollamaorchestrator.system;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What an overlay of {@code deploy/kubernetes} renders to. */
record Manifests(List<JsonNode> objects) {
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final Map<String, Manifests> RENDERED = new ConcurrentHashMap<>();

    Manifests {
        objects = List.copyOf(objects);
    }

    /** Rendered once; whoever spoils it takes a {@link #copy()}. */
    static Manifests rendered(String overlay) {
        return RENDERED.computeIfAbsent(overlay, Manifests::render);
    }

    /** An overlay to which its owner has added a component. */
    static Manifests renderedWith(String overlay, String component) {
        Path folder = Packaged.workFolder().resolve("with-" + component);
        Path deploy = folder.relativize(Packaged.root().resolve("deploy/kubernetes"));
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("kustomization.yaml"), """
                    apiVersion: kustomize.config.k8s.io/v1beta1
                    kind: Kustomization
                    namespace: ollama-orchestrator
                    resources:
                      - %1$s/overlays/%2$s
                    components:
                      - %1$s/components/%3$s
                    """.formatted(deploy, overlay, component));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return render(folder);
    }

    private static Manifests render(String overlay) {
        return render(Packaged.root().resolve("deploy/kubernetes/overlays/" + overlay));
    }

    private static Manifests render(Path overlay) {
        String folder = overlay.toString();
        Tool.Verdict rendered = Tool.run(Stream.concat(Optionally.kustomize().stream(), Stream.of(folder))
                .toList());
        if (!rendered.isGood()) {
            throw new AssertionError(overlay + " does not render: " + rendered.said());
        }
        try (var values = YAML.readerFor(JsonNode.class).<JsonNode>readValues(rendered.said())) {
            return new Manifests(values.readAll());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String yaml() {
        var all = new StringBuilder();
        for (JsonNode object : objects) {
            try {
                all.append(YAML.writeValueAsString(object));
            } catch (JsonProcessingException e) {
                throw new UncheckedIOException(e);
            }
        }
        return all.toString();
    }

    /** The same once more, to be spoiled by a test. */
    Manifests copy() {
        return new Manifests(objects.stream().<JsonNode>map(JsonNode::deepCopy).toList());
    }

    Manifests without(String kind, String name) {
        return new Manifests(
                objects.stream().filter(object -> !isNamed(object, kind, name)).toList());
    }

    Stream<JsonNode> ofKind(String kind) {
        return objects.stream().filter(object -> object.path("kind").asText().equals(kind));
    }

    Optional<JsonNode> find(String kind, String name) {
        return objects.stream().filter(object -> isNamed(object, kind, name)).findFirst();
    }

    ObjectNode get(String kind, String name) {
        return (ObjectNode) find(kind, name).orElseThrow(() -> new AssertionError("there is no " + kind + " " + name));
    }

    List<Workload> workloads() {
        return objects.stream()
                .filter(object -> object.at("/spec/template").isObject())
                .map(Workload::new)
                .toList();
    }

    private static boolean isNamed(JsonNode object, String kind, String name) {
        return object.path("kind").asText().equals(kind)
                && object.at("/metadata/name").asText().equals(name);
    }

    static Stream<JsonNode> each(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    /** Something that makes pods. */
    record Workload(JsonNode object) {
        String told() {
            return object.path("kind").asText() + "/"
                    + object.at("/metadata/name").asText();
        }

        String component() {
            return labels().path("app.kubernetes.io/component").asText();
        }

        JsonNode labels() {
            return object.at("/spec/template/metadata/labels");
        }

        JsonNode pod() {
            return object.at("/spec/template/spec");
        }

        /** Those that start first as well. */
        List<JsonNode> containers() {
            var all = new ArrayList<JsonNode>();
            pod().path("initContainers").forEach(all::add);
            pod().path("containers").forEach(all::add);
            return all;
        }

        Optional<JsonNode> container(String name) {
            return containers().stream()
                    .filter(container -> container.path("name").asText().equals(name))
                    .findFirst();
        }

        Optional<JsonNode> port(JsonNode nameOrNumber) {
            return containers().stream()
                    .flatMap(container -> each(container.path("ports")))
                    .filter(port -> nameOrNumber.isTextual()
                            ? port.path("name").equals(nameOrNumber)
                            : port.path("containerPort").asInt() == nameOrNumber.asInt())
                    .findFirst();
        }
    }
}
