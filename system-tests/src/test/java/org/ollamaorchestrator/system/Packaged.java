package org.ollamaorchestrator.system;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the build left what these tests start; the pom says so. */
final class Packaged {

    private Packaged() {}

    static Path gateway() {
        return existing("orchestrator.test.gateway");
    }

    static Path agent() {
        return existing("orchestrator.test.agent");
    }

    /** The gateway's jar with all that it needs. */
    static Path gatewayFolder() {
        return gateway().resolveSibling("");
    }

    /** The agent's jar with all that it needs. */
    static Path agentFolder() {
        return agent().resolveSibling("");
    }

    static Path simulator() {
        return existing("orchestrator.test.simulator");
    }

    /** The folder of the whole project. */
    static Path root() {
        return Path.of(property("orchestrator.test.root"));
    }

    /** The version that was built. */
    static String version() {
        return property("orchestrator.test.version");
    }

    /** A folder under target for logs and whatever a process needs to write. */
    static Path workFolder() {
        return Path.of(property("orchestrator.test.work"));
    }

    private static Path existing(String key) {
        Path jar = Path.of(property(key));
        if (!Files.isRegularFile(jar)) {
            throw new IllegalStateException(jar + " is missing: package the services first (./mvnw package)");
        }
        return jar;
    }

    private static String property(String key) {
        String value = System.getProperty(key);
        if (value == null) {
            throw new IllegalStateException("system property " + key + " is missing; the pom sets it for failsafe");
        }
        return value;
    }
}
