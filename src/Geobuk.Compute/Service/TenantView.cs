namespace Geobuk.Compute.Service;

/// <summary>A tenant for people.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Weight">Its share relative to siblings.</param>
/// <param name="Guaranteed">Devices in its cells.</param>
/// <param name="Devices">Devices held now.</param>
/// <param name="GpuHours">Device hours used.</param>
/// <param name="BudgetGpuHours">Device hours it may use; null without bound.</param>
/// <param name="Won">Won spent.</param>
/// <param name="BudgetWon">Won it may spend; null without bound.</param>
/// <param name="SpentUp">When the budget is spent at the pace of the last weeks, in seconds since 1970; null where that cannot be told.</param>
/// <param name="Share">What its weight gives it of all devices where every tenant wants them, 0 to 1.</param>
/// <param name="Used">What it made of all use, older use counting less (half after a week), 0 to 1: who is furthest below its share goes first.</param>
public sealed record TenantView(string Path, double Weight, int Guaranteed, int Devices, double GpuHours, double? BudgetGpuHours, double Won, double? BudgetWon, double? SpentUp, double Share, double Used);
