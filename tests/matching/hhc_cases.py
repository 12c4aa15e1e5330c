"""Two tiny instances of our own making, one in each public format."""

from __future__ import annotations

from typing import Any

OLD: dict[str, Any] = {
    "patients": [
        {"id": "p1", "time_window": [10.0, 20.0], "required_caregivers": [{"service": "s1"}]},
        {
            "id": "p2",
            "time_window": [5.5, 8.0],
            "required_caregivers": [{"service": "s1", "duration": 3.0}, {"service": "s2", "duration": 4.0}],
            "synchronization": {"type": "sequential", "distance": [2, 6]},
        },
        {
            "id": "p3",
            "time_window": [0.0, 40.0],
            "required_caregivers": [{"service": "s2", "duration": 5.0}, {"service": "s1", "duration": 5.0}],
            "synchronization": {"type": "simultaneous"},
        },
    ],
    "services": [{"id": "s1", "default_duration": 2.5}, {"id": "s2", "default_duration": 3.0}],
    "caregivers": [{"id": "c1", "abilities": ["s1"]}, {"id": "c2", "abilities": ["s1", "s2"]}],
    "central_offices": [{"id": "d"}],
    "distances": [[0.0, 4.125, 3.0, 6.0], [4.125, 0.0, 2.0, 5.0], [3.0, 2.0, 0.0, 4.0], [6.0, 5.0, 4.0, 0.0]],
}

UNIFIED: dict[str, Any] = {
    "metadata": {
        "time_window_met": "at_service_end",
        "cost_components": {
            "travel_time": 2, "total_tardiness": 3, "highest_tardiness": 4, "total_waiting_time": 5,
            "total_extra_time": 6, "max_idle_time": 7, "caregiver_preferences": 8, "optional_patients": 90,
            "missed_lunch_break": 50,
        },
    },
    "distances": [
        [0, 9, 10, 20, 15], [9, 0, 12, 18, 11], [11, 12, 0, 14, 13], [20, 17, 14, 0, 16], [15, 11, 12, 16, 0],
    ],
    "terminal_points": [{"id": "d0", "distance_matrix_index": 0}, {"id": "d1", "distance_matrix_index": 1}],
    "caregivers": [
        {
            "id": "c1", "abilities": ["s0", "s1"], "departing_point": "d0", "arrival_point": "d0",
            "working_shift": {"start": 0, "end": 400}, "lunch_break": True,
        },
        {
            "id": "c2", "abilities": ["s1"], "departing_point": "d1", "arrival_point": "d0",
            "working_shift": {"start": 30, "end": 300}, "lunch_break": False,
        },
    ],
    "patients": [
        {
            "id": "p0", "distance_matrix_index": 2, "required_services": [{"service": "s0", "duration": 30}],
            "time_windows": [{"start": 30, "end": 90}, {"start": 250, "end": 330}], "optional": False,
            "preferred_caregivers": ["c2"],
        },
        {
            "id": "p1", "distance_matrix_index": 3,
            "required_services": [{"service": "s0", "duration": 20}, {"service": "s1", "duration": 40}],
            "time_windows": [{"start": 100, "end": 200}], "synchronization": {"type": "simultaneous"},
            "optional": False,
        },
        {
            "id": "p2", "distance_matrix_index": 4, "required_services": [{"service": "s1", "duration": 25}],
            "time_windows": [{"start": 120, "end": 240}], "optional": True, "incompatible_caregivers": ["c1"],
        },
    ],
    "services": [{"id": "s0", "default_duration": 30}, {"id": "s1", "default_duration": 30}],
    "lunch_breaks": {"start": 180, "end": 300, "min_duration": 30},
}  # fmt: skip
