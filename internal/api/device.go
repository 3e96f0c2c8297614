package api

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/device"
	"assay/internal/suite"
)

func deviceOperations() []Operation {
	return []Operation{
		{ID: "device.begin", Method: post, Path: "/device", Public: true, Summary: "Ask to act for somebody (RFC 8628): a code to show to them, and one to ask with.", Do: does(beginDevice)},
		{ID: "device.poll", Method: post, Path: "/device/poll", Public: true, Summary: "How that stands; the token's secret, once, when it is approved.", Do: does(pollDevice)},
	}
}

// DeviceIn is what a program asks for.
type DeviceIn struct {
	Body struct {
		Host  string   `json:"host" maxLength:"200" doc:"Name of the machine, for its person to recognize."`
		Role  string   `json:"role,omitempty" maxLength:"40" doc:"Role of the token, at most that of whoever approves, which it is if absent."`
		Scope []string `json:"scope,omitempty" maxItems:"100" doc:"Permissions, such as control.read, if fewer than the role's."`
		Days  int      `json:"days,omitempty" minimum:"1" maximum:"90" doc:"Until the token expires; 30 if absent."`
		Org   string   `json:"org,omitempty" maxLength:"100" doc:"Slug or id; the organization that whoever approves stands in if absent."`
	}
}

// Device is an ask that has begun.
type Device struct {
	DeviceCode       string `json:"device_code" doc:"For device.poll; a secret."`
	UserCode         string `json:"user_code" doc:"For the person to type."`
	Verification     string `json:"verification_path" doc:"Where they type it, below the server's address."`
	VerificationFull string `json:"verification_path_complete" doc:"The same with the code in it."`
	ExpiresIn        int    `json:"expires_in" doc:"Seconds."`
	Interval         int    `json:"interval" doc:"Seconds between two questions, at least."`
}

func beginDevice(ctx context.Context, s *suite.Suite, _ access.Actor, in *DeviceIn) (*Device, error) {
	b, err := s.Devices.Begin(ctx, device.New{
		Host: in.Body.Host, Role: access.Role(in.Body.Role), Scope: in.Body.Scope, Days: in.Body.Days, Org: in.Body.Org,
	}, fromOf(ctx))
	if err != nil {
		return nil, err
	}
	return &Device{
		DeviceCode: b.Device, UserCode: b.User, Verification: "/device", VerificationFull: "/device?code=" + b.User,
		ExpiresIn: int(b.ExpiresAt.Sub(s.Now()) / time.Second), Interval: int(b.Pause / time.Second),
	}, nil
}

// DevicePollIn names an ask.
type DevicePollIn struct {
	Body struct {
		DeviceCode string `json:"device_code" maxLength:"200"`
	}
}

// DeviceAnswer is how an ask stands.
type DeviceAnswer struct {
	State    string `json:"state" enum:"authorization_pending,slow_down,access_denied,expired_token,approved" doc:"The words of RFC 8628, and approved. An unknown code is expired_token."`
	Interval int    `json:"interval,omitempty" doc:"Seconds to wait before the next question."`
	Secret   string `json:"secret,omitempty" doc:"Of the token; told once."`
}

func pollDevice(ctx context.Context, s *suite.Suite, _ access.Actor, in *DevicePollIn) (*DeviceAnswer, error) {
	a, err := s.Devices.Poll(ctx, in.Body.DeviceCode)
	if err != nil {
		return nil, err
	}
	return &DeviceAnswer{State: string(a.State), Interval: int(a.Pause / time.Second), Secret: a.Secret}, nil
}
