/** Loaded into every process of the demo: it asks to end when the process that started it is gone, even by SIGKILL. */
const end = () => process.kill(process.pid, 'SIGTERM')
if (process.connected) process.once('disconnect', end)
else end()
