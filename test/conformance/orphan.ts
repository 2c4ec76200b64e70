// Imported by every child for its effect: it ends with the test that started it, however that ends.
process.on('disconnect', () => process.exit(1));
