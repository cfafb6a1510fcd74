package org.ollamaorchestrator.gateway.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An operation told while it runs: as bars that are drawn again, or as lines that are only added to. */
sealed interface Progress {

    /** @return what to print for the operation as it is now, line ends and all; empty for nothing */
    String show(Operation now);

    /** For a terminal: one bar for each agent, drawn over the last ones. */
    final class Bars implements Progress {

        private static final int WIDTH = 30;
        private static final String CLEARED = "\u001b[K";

        private int drawn;

        @Override
        public String show(Operation now) {
            var text = new StringBuilder(drawn == 0 ? "" : "\u001b[%dA".formatted(drawn));
            for (String line : lines(now)) {
                text.append(line).append(CLEARED).append('\n');
            }
            drawn = now.agents().size();
            return text.toString();
        }

        static List<String> lines(Operation now) {
            var table = new Table(
                    Table.Column.text(""), Table.Column.text(""), Table.Column.number(""), Table.Column.text(""));
            for (Operation.OnAgent agent : now.agents()) {
                table.row(agent.name(), bar(agent), percent(agent), told(agent));
            }
            return table.lines().subList(1, table.lines().size());
        }

        private static String bar(Operation.OnAgent agent) {
            int full = agent.isDone() ? WIDTH : agent.percent() * WIDTH / 100;
            return "[" + "#".repeat(full) + " ".repeat(WIDTH - full) + "]";
        }

        private static String percent(Operation.OnAgent agent) {
            return agent.isDone() ? "100 %" : agent.percent() + " %";
        }

        private static String told(Operation.OnAgent agent) {
            if (agent.isOver()) {
                return agent.error().isEmpty() ? agent.state() : agent.state() + ": " + agent.error();
            }
            String bytes = agent.total() <= 0
                    ? ""
                    : " " + Amounts.bytes(agent.completed()) + " of " + Amounts.bytes(agent.total());
            return (agent.status().isEmpty() ? agent.state() : agent.status()) + bytes;
        }
    }

    /** For a file or a pipe: a line whenever an agent does something else, and at each tenth of it. */
    final class Lines implements Progress {

        private static final int TENTH = 10;

        private final Map<String, String> said = new HashMap<>();

        @Override
        public String show(Operation now) {
            var news = new ArrayList<String>();
            for (Operation.OnAgent agent : now.agents()) {
                String told = told(agent);
                if (!told.equals(said.put(agent.name(), told))) {
                    news.add(Table.shown(agent.name() + ": " + told));
                }
            }
            return news.isEmpty() ? "" : String.join("\n", news) + "\n";
        }

        private static String told(Operation.OnAgent agent) {
            if (agent.isOver()) {
                return agent.error().isEmpty() ? agent.state() : agent.state() + ": " + agent.error();
            }
            String tenths = agent.total() <= 0 ? "" : " " + agent.percent() / TENTH * TENTH + " %";
            return (agent.status().isEmpty() ? agent.state() : agent.status()) + tenths;
        }
    }

    /** For a script, which reads the operation itself. */
    final class Silence implements Progress {

        @Override
        public String show(Operation now) {
            return "";
        }
    }
}
