using Geobuk.Compute.Jobs;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Tenants;

namespace Geobuk.Compute.Service;

public sealed partial class ComputeService
{
    /// <summary>Whoever submits without end would be all that the others' queue is made of.</summary>
    private void CheckWaiting(string tenant)
    {
        for (var path = tenant; path.Length > 0; path = path[..Math.Max(0, path.LastIndexOf('/'))])
        {
            var most = _config.Tenants.FirstOrDefault(known => known.Path == path)?.MaxWaiting ?? TenantConfig.UsualWaiting;
            if (_live.Values.Count(live => live.Record.Phase == JobPhase.Pending && ClusterState.IsWithin(live.Record.Tenant, path)) >= most)
                throw new TooManyException($"max_waiting: {most} jobs of {path} may wait, and as many do; expected fewer before another. Submit it when some have started, cancel some, or have an operator raise max_waiting of {path}.");
        }
    }
}
