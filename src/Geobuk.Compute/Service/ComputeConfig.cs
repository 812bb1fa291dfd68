using System.Text.Json;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Simulation;
using Geobuk.Compute.Tenants;
using Geobuk.Compute.Wording;
using Geobuk.Models;

namespace Geobuk.Compute.Service;

/// <summary>Pools, tenants and policy of a service.</summary>
public sealed record ComputeConfig
{
    private const int MostDevices = 1_000_000, LeastLog = 4096;

    /// <summary>Engines and the names of their settings.</summary>
    internal static IReadOnlyDictionary<string, IReadOnlyList<string>> Engines { get; } = new Dictionary<string, IReadOnlyList<string>>
    {
        ["local"] = ProcessEngine.Settings, ["slurm"] = SlurmEngine.Settings, ["kubernetes"] = KubernetesEngine.Settings, ["ssh"] = SshEngine.Settings,
    };

    /// <summary>Name of the scheduling policy.</summary>
    public string Policy { get; init; } = Policies.Default;

    /// <summary>Pools; none takes this machine's cores and GPUs.</summary>
    public IReadOnlyList<PoolConfig> Pools { get; init; } = [];

    /// <summary>Tenants with quotas, weights and budgets.</summary>
    public IReadOnlyList<TenantConfig> Tenants { get; init; } = [];

    /// <summary>Nodes kept for tenants.</summary>
    public IReadOnlyList<ReservationConfig> Reservations { get; init; } = [];

    /// <summary>Seconds a job has to checkpoint and leave.</summary>
    public double CheckpointDeadlineSeconds { get; init; } = 120;

    /// <summary>A job that started is left alone for so long by those with a greater claim, lenders excepted.</summary>
    public double MinRunSeconds { get; init; } = 60;

    /// <summary>Bytes of a job's log beyond which nothing more is written down of what a worker prints; null without bound.</summary>
    public long? MaxLogBytes { get; init; }

    /// <summary>This machine alone: its cores given out one by one, and its GPUs.</summary>
    /// <param name="cores">Cores; null as many as there are.</param>
    /// <param name="gpus">A node of its GPUs; null where there are none.</param>
    public static ComputeConfig Local(int? cores = null, NodeConfig? gpus = null) => new()
    {
        Pools =
        [
            new PoolConfig
            {
                Name = "local", Accreditation = DataLabel.Classified,
                Nodes = [new NodeConfig { Name = "this", Kind = NodeConfig.Cores, Devices = cores ?? Environment.ProcessorCount }, .. gpus is null ? (NodeConfig[])[] : [gpus]],
            },
        ],
    };

    /// <summary>Reads JSON and checks all of it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="local">This machine, where the file names no pools.</param>
    /// <exception cref="UserInputException">With every mistake.</exception>
    public static ComputeConfig Load(string path, Func<ComputeConfig>? local = null)
    {
        if (!File.Exists(path)) throw new UserInputException($"--config: {path} does not exist; expected a JSON file with pools and tenants. docs/compute.md shows one.");
        try
        {
            var config = JsonSerializer.Deserialize<ComputeConfig>(File.ReadAllText(path), StrictJson.Options) ?? new ComputeConfig();
            if (config.Pools.Count == 0) config = config with { Pools = (local?.Invoke() ?? Local()).Pools };
            var problems = config.Problems().Select(problem => $"{path}: {problem}").ToList();
            return problems.Count == 0 ? config : throw new UserInputException(problems);
        }
        catch (JsonException fault)
        {
            throw new UserInputException($"{path}:{fault.LineNumber + 1}: {StrictJson.Explain(fault)} docs/compute.md shows what may stand there.", fault);
        }
    }

    /// <summary>Every mistake; empty where there is none.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = ConfigShape.Problems(this).ToList();
        if (problems.Count > 0) return problems;
        foreach (var name in Pools.GroupBy(pool => pool.Name).Where(same => same.Count() > 1)) problems.Add($"pools: {name.Key} is there {name.Count()} times; expected once. Rename one.");
        foreach (var pool in Pools)
        {
            if (pool.Nodes.Count == 0) problems.Add($"pools.{pool.Name}.nodes: none; expected at least one.");
            if (!Engines.TryGetValue(pool.Engine, out var settings)) problems.Add($"pools.{pool.Name}.engine: {pool.Engine}; expected one of {string.Join(", ", Engines.Keys)}.");
            else foreach (var name in pool.EngineSettings.Keys.Except(settings)) problems.Add($"pools.{pool.Name}.engine_settings.{name}: unknown; expected {string.Join(", ", settings)}.");
            if (pool.WonPerDeviceHour is not (>= 0 and < 1e9)) problems.Add($"pools.{pool.Name}.won_per_device_hour: {pool.WonPerDeviceHour}; expected 0 or more, less than 1000000000.");
            if (pool.IdleSeconds is not (null or > 0)) problems.Add($"pools.{pool.Name}.idle_seconds: {pool.IdleSeconds}; expected more than 0. Leave it out to take nothing back.");
            if (pool.Expires is not (null or > 0)) problems.Add($"pools.{pool.Name}.expires: {pool.Expires}; expected seconds since 1970. Leave it out where the pool is your own.");
            foreach (var name in pool.Nodes.GroupBy(node => node.Name).Where(same => same.Count() > 1)) problems.Add($"pools.{pool.Name}.nodes: {name.Key} is there {name.Count()} times; expected once. Rename one.");
            foreach (var node in pool.Nodes.Where(node => node.Devices is < 1 or > MostDevices)) problems.Add($"pools.{pool.Name}.nodes.{node.Name}.devices: {node.Devices}; expected 1 to {MostDevices}.");
        }
        foreach (var path in Tenants.GroupBy(tenant => tenant.Path).Where(same => same.Count() > 1)) problems.Add($"tenants: {path.Key} is there {path.Count()} times; expected once. Put them together.");
        foreach (var tenant in Tenants)
        {
            if (!Jobs.JobRequest.IsPath(tenant.Path)) problems.Add($"tenants: {tenant.Path}; expected organisation/project/user.");
            if (tenant.Weight is not (> 0 and < 1e9)) problems.Add($"tenants.{tenant.Path}.weight: {tenant.Weight}; expected more than 0, less than 1000000000. 1 is usual.");
            if (tenant.MaxDevices < 0) problems.Add($"tenants.{tenant.Path}.max_devices: {tenant.MaxDevices}; expected 0 or more.");
            if (tenant.MaxPriority is not (null or (>= 0 and <= 100))) problems.Add($"tenants.{tenant.Path}.max_priority: {tenant.MaxPriority}; expected 0 to 100. Leave it out where there is no bound.");
            if (tenant.MaxWaiting < 0) problems.Add($"tenants.{tenant.Path}.max_waiting: {tenant.MaxWaiting}; expected 0 or more. {TenantConfig.UsualWaiting} is usual.");
            if (tenant.Budget is { } budget && (budget.GpuHours < 0 || budget.Won < 0)) problems.Add($"tenants.{tenant.Path}.budget: less than 0; expected 0 or more.");
            foreach (var quota in tenant.Quotas)
            {
                if (quota.Cells < 0 || quota.Borrow < 0 || quota.Lend < 0) problems.Add($"tenants.{tenant.Path}.quotas: {Counted.Of(quota.Cells, "cell")}, borrow {quota.Borrow}, lend {quota.Lend}; expected 0 or more.");
                if (Pools.FirstOrDefault(pool => pool.Name == quota.Pool) is { } named && named.Nodes.All(node => node.Kind != quota.Kind)) problems.Add($"tenants.{tenant.Path}.quotas: pool {quota.Pool} has no {quota.Kind}; expected one of {string.Join(", ", named.Nodes.Select(node => node.Kind).Distinct())}.");
                if (!Pools.Any(pool => pool.Name == quota.Pool)) problems.Add($"tenants.{tenant.Path}.quotas: pool {quota.Pool} does not exist; expected one of {string.Join(", ", Pools.Select(pool => pool.Name))}.");
            }
        }
        foreach (var kind in Pools.SelectMany(pool => pool.Nodes.GroupBy(node => node.Kind).Select(nodes => (Pool: pool.Name, Kind: nodes.Key, Count: nodes.Count()))))
        {
            var cells = Tenants.SelectMany(tenant => tenant.Quotas).Where(quota => quota.Pool == kind.Pool && quota.Kind == kind.Kind).Sum(quota => (long)quota.Cells);
            if (cells > kind.Count) problems.Add($"tenants: quotas of {cells} nodes of {kind.Kind} in pool {kind.Pool}; expected at most its {kind.Count}. A guarantee must be there.");
        }
        foreach (var reservation in Reservations)
        {
            if (Pools.FirstOrDefault(pool => pool.Name == reservation.Pool) is not { } pool) problems.Add($"reservations: pool {reservation.Pool} does not exist; expected one of {string.Join(", ", Pools.Select(pool => pool.Name))}.");
            else foreach (var node in reservation.Nodes.Except(pool.Nodes.Select(node => node.Name))) problems.Add($"reservations: pool {reservation.Pool} has no node {node}; expected one of {string.Join(", ", pool.Nodes.Select(node => node.Name))}.");
            if (!(reservation.From < reservation.Until)) problems.Add($"reservations: from {reservation.From} until {reservation.Until}; expected an end after the beginning.");
        }
        if (CheckpointDeadlineSeconds is not (>= 0 and < 1e9)) problems.Add($"checkpoint_deadline_seconds: {CheckpointDeadlineSeconds}; expected 0 or more, less than 1000000000. 120 is usual.");
        if (MinRunSeconds is not (>= 0 and < 1e9)) problems.Add($"min_run_seconds: {MinRunSeconds}; expected 0 or more, less than 1000000000. 60 is usual.");
        if (MaxLogBytes < LeastLog) problems.Add($"max_log_bytes: {MaxLogBytes}; expected {LeastLog} or more. Leave it out where there is no bound.");
        if (!Policies.Names.Contains(Policy)) problems.Add($"policy: {Policy}; expected one of {string.Join(", ", Policies.Names)}.");
        return problems;
    }
}
