package org.ollamaorchestrator.system;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** As much of Prometheus' language as it takes to know which metrics a query asks for. */
final class PromQl {
    private static final Pattern STRINGS = Pattern.compile("\"[^\"]*\"|'[^']*'|`[^`]*`");
    private static final Pattern LABELS = Pattern.compile("\\{[^}]*}|\\[[^]]*]");
    private static final Pattern GROUPINGS =
            Pattern.compile("\\b(by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)");

    /** A name that no bracket follows; what one follows is a function. */
    private static final Pattern NAMES = Pattern.compile("(?<![\\w.$])[a-zA-Z_:][\\w:]*+(?!\\s*\\()");

    private static final Set<String> WORDS = Set.of("and", "or", "unless", "bool", "offset", "by", "without");

    private PromQl() {}

    static Set<String> metrics(String query) {
        String bare = GROUPINGS
                .matcher(LABELS.matcher(STRINGS.matcher(query).replaceAll("")).replaceAll(""))
                .replaceAll("");
        var names = new TreeSet<String>();
        NAMES.matcher(bare)
                .results()
                .map(MatchResult::group)
                .filter(name -> !WORDS.contains(name))
                .forEach(names::add);
        return names;
    }
}
