package org.ollamaorchestrator.agent.box;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.protocol.Room;

class BoxTest {

    private static final long MEBIBYTE = 1024 * 1024;

    @TempDir
    private Path machine;

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:11434", "http://127.0.0.1:1", "http://[::1]:1", "http://0.0.0.0:11434"})
    void an_ollama_at_a_loopback_address_is_on_this_machine(String ollama) throws IOException {
        Path models = Files.createDirectories(machine.resolve(".ollama/models"));
        Box box = Box.of(URI.create(ollama), Optional.empty(), Optional.empty(), machine);

        Room room = box.look();

        assertThat(box.isOurs()).isTrue();
        assertThat(box.modelsPlaces().getFirst()).isEqualTo(models);
        assertThat(room.diskTotal()).isEqualTo(Files.getFileStore(models).getTotalSpace());
        assertThat(room.diskFree()).isBetween(0L, room.diskTotal());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://ollama:11434", "http://192.168.1.7:11434", "http://127.0.0.1.example:1"})
    void of_an_ollama_elsewhere_nothing_is_known(String ollama) throws IOException {
        Files.createDirectories(machine.resolve(".ollama/models"));
        Box box = Box.of(URI.create(ollama), Optional.empty(), Optional.empty(), machine);

        assertThat(box.look()).isEqualTo(Room.UNKNOWN);
    }

    @Test
    void of_an_ollama_elsewhere_what_its_owner_says_is_known() {
        Box box = Box.of(
                URI.create("http://ollama:11434"),
                Optional.of(machine),
                Optional.of(24 * MEBIBYTE),
                Path.of("nowhere"));

        Room room = box.look();

        assertThat(room.diskTotal()).isPositive();
        assertThat(room.vramTotal()).isEqualTo(24 * MEBIBYTE);
        assertThat(room.vramFree()).isNull();
    }

    @Test
    void a_directory_that_is_not_there_is_unknown() {
        assertThat(new ModelsDisk(List.of(machine.resolve("not"), machine.resolve("there"))).look())
                .isEmpty();
    }

    @Test
    void amds_gpus_are_summed_and_their_outputs_are_none() throws IOException {
        card("card0", "17163091968\n", "1163091968\n");
        card("card1", "8000000000\n", "0\n");
        Files.createDirectories(machine.resolve("card0-DP-1/device"));
        Files.writeString(machine.resolve("version"), "drm 1.1.0");

        assertThat(ours("no-such-program").look())
                .isEqualTo(new Room(null, null, 17163091968L + 8000000000L, 16000000000L + 8000000000L));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "many", "-5", "99999999999999999999"})
    void what_amds_driver_should_not_say_tells_nothing(String total) throws IOException {
        card("card0", total, "0\n");

        assertThat(ours("no-such-program").look()).isEqualTo(Room.UNKNOWN);
    }

    @Test
    void nvidias_gpus_come_before_what_a_processor_of_amds_has_in_it() throws IOException {
        card("card0", "536870912\n", "0\n");
        String smi = NvidiaSmiTest.program(machine, "echo '24564, 18399'\n");

        assertThat(ours(smi).look()).isEqualTo(new Room(null, null, 24564 * MEBIBYTE, 18399 * MEBIBYTE));
    }

    @Test
    void a_little_more_or_less_is_no_news() {
        Room before = new Room(1000 * MEBIBYTE, 500 * MEBIBYTE, null, null);

        assertThat(RoomProbe.isNews(before, new Room(1000 * MEBIBYTE, 499 * MEBIBYTE, null, null)))
                .isFalse();
        assertThat(RoomProbe.isNews(before, new Room(1000 * MEBIBYTE, 400 * MEBIBYTE, null, null)))
                .isTrue();
        assertThat(RoomProbe.isNews(before, new Room(1000 * MEBIBYTE, 500 * MEBIBYTE, 0L, null)))
                .isTrue();
        assertThat(RoomProbe.isNews(before, Room.UNKNOWN)).isTrue();
    }

    private Box ours(String nvidiaSmi) {
        return new Box(true, List.of(), Optional.empty(), nvidiaSmi, machine);
    }

    private void card(String name, String total, String used) throws IOException {
        Path device = Files.createDirectories(machine.resolve(name).resolve("device"));
        Files.writeString(device.resolve("mem_info_vram_total"), total);
        Files.writeString(device.resolve("mem_info_vram_used"), used);
    }
}
