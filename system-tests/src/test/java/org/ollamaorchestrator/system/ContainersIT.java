package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The images' files, as far as one can see without building an image. */
class ContainersIT {
    private static final Path ROOT = Packaged.root();

    @TempDir
    private Path folder;

    static Stream<Path> dockerfiles() throws IOException {
        try (Stream<Path> files = Files.list(ROOT.resolve("deploy/containers"))) {
            return files.filter(file -> file.toString().endsWith("Dockerfile")).sorted().toList().stream();
        }
    }

    @Test
    void there_is_one_for_each_service_and_kind() throws IOException {
        assertThat(dockerfiles().map(file -> file.getFileName().toString()))
                .containsExactly(
                        "agent-service.jvm.Dockerfile",
                        "agent-service.native.Dockerfile",
                        "gateway-service.jvm.Dockerfile",
                        "gateway-service.native.Dockerfile");
    }

    @ParameterizedTest
    @MethodSource("dockerfiles")
    void hadolint_has_nothing_to_say(Path dockerfile) {
        Tool.Verdict verdict = linted(dockerfile);

        assertThat(verdict.isGood()).as(verdict.said()).isTrue();
    }

    @Test
    void hadolint_notices_an_image_without_a_version() throws IOException {
        Path spoiled = Files.writeString(folder.resolve("Dockerfile"), "FROM ubuntu\nRUN cd /tmp\n");

        assertThat(linted(spoiled).isGood()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("dockerfiles")
    void what_it_copies_is_what_the_build_leaves(Path dockerfile) throws IOException {
        List<String> allowed = Files.readString(ROOT.resolve(".dockerignore"))
                .lines()
                .filter(line -> line.startsWith("!"))
                .map(line -> line.substring(1))
                .toList();

        List<String> sources = copiedBy(dockerfile);

        assertThat(sources).isNotEmpty().allSatisfy(source -> {
            assertThat(allowed).as("what .dockerignore lets through").contains(source);
            if (dockerfile.toString().contains(".native.")) {
                assertThat(source).isEqualTo(nativeBinaryOf(source.substring(0, source.indexOf('/'))));
            } else {
                assertThat(matching(source)).as(source).isNotEmpty();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("dockerfiles")
    void it_does_not_run_as_root(Path dockerfile) throws IOException {
        List<String> lines = Files.readAllLines(dockerfile);
        String lastStage = String.join("\n", lines.subList(lastFrom(lines), lines.size()));

        assertThat(lastStage)
                .containsPattern("(?m)^USER [1-9][0-9]*:[1-9][0-9]*$")
                .doesNotContain("\nRUN ");
    }

    @Test
    void the_compose_file_starts_what_is_there_and_nothing_of_ours_is_open_or_root() throws IOException {
        Path file = ROOT.resolve("deploy/containers/compose.yaml");
        JsonNode services = new YAMLMapper().readTree(file.toFile()).path("services");

        for (String name : List.of("gateway", "agent")) {
            JsonNode service = services.path(name);
            Path context =
                    file.resolveSibling(service.at("/build/context").asText()).normalize();
            assertThat(context.resolve(service.at("/build/dockerfile").asText()))
                    .isRegularFile();
            assertThat(service.path("read_only").asBoolean()).isTrue();
            assertThat(service.path("cap_drop").toString()).isEqualTo("[\"ALL\"]");
            assertThat(service.path("stop_grace_period").asText()).isEqualTo("45s");
            assertThat(service.path("environment").has("ORCHESTRATOR_INSECURE")).isFalse();
        }
        assertThat(services.at("/gateway/ports/0").asText()).startsWith("127.0.0.1:");
        assertThat(services.path("ollama").has("ports")).isFalse();
    }

    @Test
    void the_compose_files_gateway_keeps_its_keys_on_a_volume_that_its_user_may_write() throws IOException {
        JsonNode compose = new YAMLMapper()
                .readTree(ROOT.resolve("deploy/containers/compose.yaml").toFile());
        JsonNode gateway = compose.at("/services/gateway");
        String dataDir = gateway.at("/environment/ORCHESTRATOR_DATA_DIR").asText();

        String[] volume = gateway.at("/volumes/0").asText().split(":", -1);
        assertThat(volume).hasSize(2);
        assertThat(volume[1]).isEqualTo(dataDir).startsWith("/");
        assertThat(compose.path("volumes").has(volume[0])).isTrue();
        // A library that SQLite unpacks there cannot be loaded otherwise.
        assertThat(gateway.at("/tmpfs/0").asText()).isEqualTo("/tmp:exec");
        for (String kind : List.of("jvm", "native")) {
            assertThat(ROOT.resolve("deploy/containers/gateway-service." + kind + ".Dockerfile"))
                    .content()
                    .containsPattern("(?m)^COPY --from=\\w+ --chown=10001:10001 " + dataDir + " " + dataDir + "$");
        }
    }

    /** As the native profile of that service calls it. */
    private static String nativeBinaryOf(String module) {
        try {
            String pom = Files.readString(ROOT.resolve(module).resolve("pom.xml"));
            assertThat(pom).contains("<quarkus.package.output-name>" + module + "</quarkus.package.output-name>");
            assertThat(pom)
                    .contains("<quarkus.package.jar.add-runner-suffix>false</quarkus.package.jar.add-runner-suffix>");
            return module + "/target/" + module;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The files of that path, whose last part may have a star in it. */
    private static List<Path> matching(String source) {
        Path path = ROOT.resolve(source);
        try (var files = Files.newDirectoryStream(path.getParent(), String.valueOf(path.getFileName()))) {
            var found = new ArrayList<Path>();
            files.forEach(found::add);
            return found;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The sources of each COPY from the folder of the project. */
    private static List<String> copiedBy(Path dockerfile) throws IOException {
        var sources = new ArrayList<String>();
        for (String line : Files.readAllLines(dockerfile)) {
            if (line.startsWith("COPY ") && !line.contains("--from=")) {
                List<String> words = Arrays.stream(line.split(" "))
                        .skip(1)
                        .filter(word -> !word.startsWith("--"))
                        .toList();
                sources.addAll(words.subList(0, words.size() - 1));
            }
        }
        return sources;
    }

    private static int lastFrom(List<String> lines) {
        int last = 0;
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith("FROM ")) {
                last = i;
            }
        }
        return last;
    }

    private static Tool.Verdict linted(Path dockerfile) {
        return Tool.run(List.of(Optionally.tool("hadolint", "--version"), dockerfile.toString()));
    }
}
