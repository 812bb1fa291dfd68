using Geobuk.Compute.Access;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Tenants;
using Geobuk.Models;

namespace Geobuk.Compute.Service;

public sealed partial class ComputeService
{
    private const long MostWaitingBytes = 64 << 20;

    /// <summary>A request as its tenant may make it: its data is as sensitive as the tenant's at least, its priority no higher than the tenant may ask for.</summary>
    private JobRequest Bounded(JobRequest request, string tenant, ApiKey by)
    {
        foreach (var config in _config.Tenants.Where(config => ClusterState.IsWithin(tenant, config.Path)))
        {
            if (request.Priority > config.MaxPriority && by.Role != Role.Operator)
                throw new UserInputException($"priority: {request.Priority}; expected at most {config.MaxPriority}, which {config.Path} may ask for. Ask for less, or have an operator submit it.");
            if (config.Label > request.Label) request = request with { Label = config.Label };
        }
        return request;
    }

    /// <summary>Whoever submits without end would be all that the others' queue is made of, and all that the memory holds.</summary>
    private void CheckWaiting(string tenant)
    {
        for (var path = tenant; path.Length > 0; path = path[..Math.Max(0, path.LastIndexOf('/'))])
        {
            var (most, count, bytes) = (_config.Tenants.FirstOrDefault(known => known.Path == path)?.MaxWaiting ?? TenantConfig.UsualWaiting, 0, 0L);
            foreach (var live in _live.Values.Where(live => live.Record.Phase == JobPhase.Pending && ClusterState.IsWithin(live.Record.Tenant, path))) (count, bytes) = (count + 1, bytes + live.Bytes);
            var found = count >= most ? $"{most} jobs of {path} may wait, and as many do" : bytes >= MostWaitingBytes ? $"the {count} jobs of {path} that wait have commands of {MostWaitingBytes >> 20} MiB together" : null;
            if (found is not null) throw new TooManyException($"max_waiting: {found}; expected fewer before another. Submit it when some have started, cancel some, or have an operator raise max_waiting of {path}.");
        }
    }
}
