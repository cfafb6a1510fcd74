package org.ollamaorchestrator.agent.box;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.protocol.Room;

/**
 * How to find out what room the machine of an Ollama has. A machine that is not the agent's own cannot be looked at; of it only
 * what the owner says is known.
 *
 * @param isOurs whether Ollama runs on the agent's machine
 * @param modelsPlaces where Ollama may have its models; the first that exists counts
 * @param vram what the owner says that there is for models, in bytes; empty for what the GPUs say
 * @param nvidiaSmi NVIDIA's program
 * @param drm where Linux lists its graphics devices
 */
public record Box(boolean isOurs, List<Path> modelsPlaces, Optional<Long> vram, String nvidiaSmi, Path drm) {

    private static final String NVIDIA_SMI = "nvidia-smi";
    private static final Path DRM = Path.of("/sys/class/drm");

    /** What the installer makes for a service that has no home of its own. */
    private static final Path SERVICE_HOME = Path.of("/usr/share/ollama");

    private static final Path MODELS = Path.of(".ollama", "models");

    public Box {
        modelsPlaces = List.copyOf(modelsPlaces);
    }

    /**
     * @param ollama where it listens: at a loopback address it is on this machine
     * @param modelsDir where its owner says that it has its models: then that place can be seen from here, wherever Ollama is
     * @param vram what its owner says
     * @param home of the user who runs the agent, and perhaps Ollama
     */
    public static Box of(URI ollama, Optional<Path> modelsDir, Optional<Long> vram, Path home) {
        boolean isOurs = isLoopback(ollama.getHost());
        List<Path> usual = isOurs
                // The last is for an agent that may not look into the service's home, which is on the same disk.
                ? List.of(home.resolve(MODELS), SERVICE_HOME.resolve(MODELS), SERVICE_HOME)
                : List.of();
        return new Box(isOurs, modelsDir.map(List::of).orElse(usual), vram, NVIDIA_SMI, DRM);
    }

    /** Looks; it may take seconds, and never fails: what cannot be told is left out. */
    public Room look() {
        Optional<ModelsDisk.Space> disk = new ModelsDisk(modelsPlaces).look();
        Vram gpus = gpus();
        return new Room(
                disk.map(ModelsDisk.Space::total).orElse(null),
                disk.map(ModelsDisk.Space::free).orElse(null),
                gpus.total(),
                gpus.free());
    }

    /** Where the owner has said what there is for models, what a GPU has beside is nobody's business. */
    private Vram gpus() {
        if (vram.isPresent()) {
            return new Vram(vram.get(), null);
        }
        if (!isOurs) {
            return Vram.UNKNOWN;
        }
        Vram nvidia = new NvidiaSmi(nvidiaSmi).ask();
        return nvidia.isKnown() ? nvidia : new AmdGpus(drm).look();
    }

    private static boolean isLoopback(@Nullable String host) {
        return host != null
                && (host.equalsIgnoreCase("localhost")
                        || host.matches("127(\\.\\d{1,3}){3}")
                        || host.equals("0.0.0.0")
                        || host.equals("[::1]")
                        || host.equals("[::]"));
    }
}
