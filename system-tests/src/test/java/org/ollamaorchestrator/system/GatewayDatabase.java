package org.ollamaorchestrator.system;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** What a gateway keeps in its folder, read as its owner may read it: beside the gateway, or after its end. */
record GatewayDatabase(Path folder) {

    static final String FILE = "gateway.db";

    /** The first column of each row. */
    List<String> strings(String query) {
        var strings = new ArrayList<String>();
        try (Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + folder.resolve(FILE) + "?busy_timeout=5000");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                strings.add(rows.getString(1));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return strings;
    }
}
