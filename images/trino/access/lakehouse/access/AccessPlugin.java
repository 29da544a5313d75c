package lakehouse.access;

import io.trino.spi.Plugin;
import io.trino.spi.security.SystemAccessControlFactory;
import java.util.List;

/** Makes {@link OwnerAccessControl} known to the server. */
public final class AccessPlugin implements Plugin {
    @Override
    public Iterable<SystemAccessControlFactory> getSystemAccessControlFactories() {
        return List.of(new OwnerAccessControl.Factory());
    }
}
