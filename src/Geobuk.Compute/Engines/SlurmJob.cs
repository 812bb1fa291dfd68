namespace Geobuk.Compute.Engines;

/// <summary>What is submitted to Slurm.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Nodes">The nodes that it runs on.</param>
/// <param name="Tasks">Workers in all.</param>
/// <param name="DevicesPerNode">GPUs of each node, as Slurm's gres says them ("gpu:h200:8"); null none.</param>
/// <param name="Partition">The partition; null the default one.</param>
/// <param name="Folder">Where it runs.</param>
/// <param name="Log">Where what it prints is appended.</param>
/// <param name="Script">The batch script.</param>
internal sealed record SlurmJob(string Name, IReadOnlyList<string> Nodes, int Tasks, string? DevicesPerNode, string? Partition, string Folder, string Log, string Script);
