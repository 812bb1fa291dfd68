namespace Geobuk.Compute.Service;

/// <summary>A tenant for people.</summary>
public sealed record TenantView(string Path, double Weight, int Guaranteed, int Devices, double GpuHours, double? BudgetGpuHours);
