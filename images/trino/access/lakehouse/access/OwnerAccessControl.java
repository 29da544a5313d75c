package lakehouse.access;

import io.trino.plugin.base.security.FileBasedSystemAccessControl;
import io.trino.plugin.base.security.ForwardingSystemAccessControl;
import io.trino.spi.connector.CatalogSchemaTableName;
import io.trino.spi.security.AccessDeniedException;
import io.trino.spi.security.SystemAccessControl;
import io.trino.spi.security.SystemAccessControlFactory;
import io.trino.spi.security.SystemSecurityContext;
import java.util.Map;

/**
 * Trino's file-based rules, closed where they are open: those let every reader run
 * {@code ALTER TABLE … EXECUTE}, which rewrites a table, expires its history or rolls it back.
 * Here it takes the ownership that dropping the table takes.
 */
final class OwnerAccessControl extends ForwardingSystemAccessControl {
    private final SystemAccessControl rules;

    private OwnerAccessControl(SystemAccessControl rules) {
        this.rules = rules;
    }

    @Override
    protected SystemAccessControl delegate() {
        return rules;
    }

    @Override
    public void checkCanExecuteTableProcedure(
            SystemSecurityContext context, CatalogSchemaTableName table, String procedure) {
        try {
            rules.checkCanDropTable(context, table);
        } catch (AccessDeniedException notOwned) {
            AccessDeniedException.denyExecuteTableProcedure(table.toString(), procedure);
        }
    }

    /** Reads the properties that {@code access-control.name=file} reads. */
    static final class Factory implements SystemAccessControlFactory {
        @Override
        public String getName() {
            return "file-with-owners";
        }

        @Override
        public SystemAccessControl create(Map<String, String> config, SystemAccessControlContext context) {
            return new OwnerAccessControl(new FileBasedSystemAccessControl.Factory().create(config, context));
        }
    }
}
