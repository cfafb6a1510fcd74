package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** What Prometheus would read from a gateway or an agent now. */
record Scrape(String text) {
    private static final Pattern NAME = Pattern.compile("(?m)^([a-zA-Z_:][\\w:]*)[ {]");

    static Scrape of(Gateway gateway) {
        return of(gateway.managementPort());
    }

    static Scrape of(Agent agent) {
        return of(agent.managementPort());
    }

    private static Scrape of(int managementPort) {
        Http.Reply reply = Http.get(managementPort, "/q/metrics");
        assertThat(reply.status()).as("%s", reply).isEqualTo(200);
        return new Scrape(reply.body());
    }

    /** The names of all series that have a value. */
    Set<String> names() {
        var names = new TreeSet<String>();
        NAME.matcher(text).results().forEach(found -> names.add(found.group(1)));
        return names;
    }

    /** The sum of all series of that name whose labels have these texts. */
    double value(String name, String... labels) {
        return text.lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .filter(line -> Set.of(labels).stream().allMatch(line::contains))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
