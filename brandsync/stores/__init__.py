"""Store backends: where brands are sold from."""
